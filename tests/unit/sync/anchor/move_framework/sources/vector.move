// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

/// Vectors: the instructions of the machine, and what is written with them.
module std::vector {
    #[bytecode_instruction]
    native public fun empty<Element>(): vector<Element>;
    #[bytecode_instruction]
    native public fun length<Element>(v: &vector<Element>): u64;
    #[bytecode_instruction]
    native public fun borrow<Element>(v: &vector<Element>, i: u64): &Element;
    #[bytecode_instruction]
    native public fun push_back<Element>(v: &mut vector<Element>, e: Element);
    #[bytecode_instruction]
    native public fun pop_back<Element>(v: &mut vector<Element>): Element;
    #[bytecode_instruction]
    native public fun swap<Element>(v: &mut vector<Element>, i: u64, j: u64);

    public fun contains<Element>(v: &vector<Element>, e: &Element): bool {
        let (found, _) = index_of(v, e);
        found
    }

    public fun index_of<Element>(v: &vector<Element>, e: &Element): (bool, u64) {
        let i = 0;
        let n = length(v);
        while (i < n) {
            if (borrow(v, i) == e) return (true, i);
            i = i + 1;
        };
        (false, 0)
    }

    public fun swap_remove<Element>(v: &mut vector<Element>, i: u64): Element {
        let last = length(v) - 1;
        swap(v, i, last);
        pop_back(v)
    }
}
