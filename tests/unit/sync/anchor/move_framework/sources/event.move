// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

/// Events. The machine of the tests keeps them by a function of its own.
module aptos_framework::event {
    public fun emit<T: store + drop>(msg: T) {
        emit_event(&msg);
    }

    native fun emit_event<T: store + drop>(msg: &T);

    #[test_only]
    native public fun emitted_events<T: store + drop>(): vector<T>;

    #[test_only]
    public fun was_event_emitted<T: store + drop>(msg: &T): bool {
        std::vector::contains(&emitted_events<T>(), msg)
    }
}
