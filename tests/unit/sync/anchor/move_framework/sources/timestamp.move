// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

/// The chain's time.
module aptos_framework::timestamp {
    use std::signer;

    struct CurrentTimeMicroseconds has key {
        microseconds: u64,
    }

    public fun now_seconds(): u64 acquires CurrentTimeMicroseconds {
        borrow_global<CurrentTimeMicroseconds>(@aptos_framework).microseconds / 1000000
    }

    #[test_only]
    public fun set_time_has_started_for_testing(framework: &signer) {
        assert!(signer::address_of(framework) == @aptos_framework, 1);
        move_to(framework, CurrentTimeMicroseconds { microseconds: 0 });
    }

    #[test_only]
    public fun update_global_time_for_test_secs(seconds: u64) acquires CurrentTimeMicroseconds {
        borrow_global_mut<CurrentTimeMicroseconds>(@aptos_framework).microseconds = seconds * 1000000;
    }
}
