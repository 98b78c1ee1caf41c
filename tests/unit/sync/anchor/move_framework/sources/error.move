// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

/// Abort codes: a category in the upper half, a number in the lower.
module std::error {
    public fun invalid_argument(r: u64): u64 { (1 << 16) + r }
    public fun invalid_state(r: u64): u64 { (3 << 16) + r }
    public fun permission_denied(r: u64): u64 { (5 << 16) + r }
    public fun not_found(r: u64): u64 { (6 << 16) + r }
    public fun already_exists(r: u64): u64 { (8 << 16) + r }
}
