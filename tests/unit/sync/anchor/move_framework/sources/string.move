// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

/// Text in UTF-8.
module std::string {
    use std::vector;

    struct String has copy, drop, store {
        bytes: vector<u8>,
    }

    native public fun internal_check_utf8(v: &vector<u8>): bool;

    public fun utf8(bytes: vector<u8>): String {
        assert!(internal_check_utf8(&bytes), 1);
        String { bytes }
    }

    public fun bytes(s: &String): &vector<u8> {
        &s.bytes
    }

    public fun length(s: &String): u64 {
        vector::length(&s.bytes)
    }
}
