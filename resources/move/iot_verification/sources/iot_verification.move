// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

/// Digests of anchor records, each stored once for its project, with the chain's time of its coming in.
///
/// The owner (the account that published this) grants and revokes operators, project by project. An operator stores digests.
/// What is stored is never changed and never removed.
module verifield::iot_verification {
    use std::error;
    use std::signer;
    use std::string::{Self, String};
    use std::vector;
    use aptos_std::table::{Self, Table};
    use aptos_framework::event;
    use aptos_framework::timestamp;

    /// Only the account that published this contract can do that.
    const E_NOT_OWNER: u64 = 1;
    /// The signer is not an operator of this project.
    const E_NOT_OPERATOR: u64 = 2;
    /// The project has this digest already.
    const E_ALREADY_ANCHORED: u64 = 3;
    /// The digest is not 64 lower-case hexadecimal digits.
    const E_BAD_DIGEST: u64 = 4;
    /// The quality score is above 100 hundredths.
    const E_BAD_SCORE: u64 = 5;
    /// The verification level is not high, medium or basic.
    const E_BAD_LEVEL: u64 = 6;
    /// The period ends after the chain's present time.
    const E_FROM_THE_FUTURE: u64 = 7;
    /// The project's id is empty or longer than 128 bytes.
    const E_BAD_PROJECT: u64 = 8;
    /// The project has no such digest.
    const E_NOT_ANCHORED: u64 = 9;
    /// initialize was never called.
    const E_NOT_INITIALIZED: u64 = 10;
    /// initialize was called before.
    const E_ALREADY_INITIALIZED: u64 = 11;
    /// The account is an operator of this project already.
    const E_ALREADY_OPERATOR: u64 = 12;
    /// The account is not an operator of this project.
    const E_NO_SUCH_OPERATOR: u64 = 13;

    const LARGEST_SCORE: u64 = 100;
    const LONGEST_PROJECT: u64 = 128;
    const DIGEST_DIGITS: u64 = 64;

    /// A digest (32 bytes) within a project.
    struct Key has copy, drop, store {
        project_id: String,
        digest: vector<u8>,
    }

    /// What is kept of an anchor. `timestamp` is the operator's claim: the end of the period, in Unix seconds.
    /// `anchored_at` is the chain's own time.
    struct Anchor has copy, drop, store {
        quality_score: u64,
        verification_level: String,
        timestamp: u64,
        anchored_at: u64,
        operator: address,
    }

    struct Registry has key {
        anchors: Table<Key, Anchor>,
        operators: Table<String, vector<address>>,
    }

    #[event]
    /// A digest came in.
    struct Anchored has drop, store {
        project_id: String,
        data_hash: vector<u8>,
        quality_score: u64,
        verification_level: String,
        timestamp: u64,
        anchored_at: u64,
        operator: address,
    }

    #[event]
    /// An account may now store digests of the project, or no longer.
    struct OperatorChanged has drop, store {
        project_id: String,
        operator: address,
        granted: bool,
    }

    /// Called once by the publisher, before anything else.
    public entry fun initialize(owner: &signer) {
        assert!(signer::address_of(owner) == @verifield, error::permission_denied(E_NOT_OWNER));
        assert!(!exists<Registry>(@verifield), error::already_exists(E_ALREADY_INITIALIZED));
        move_to(owner, Registry { anchors: table::new(), operators: table::new() });
    }

    /// Let an account store digests of the project.
    public entry fun grant_operator(owner: &signer, project_id: String, operator: address) acquires Registry {
        check_owner(owner);
        check_project(&project_id);
        let operators = operators_of(borrow_global_mut<Registry>(@verifield), project_id);
        assert!(!vector::contains(operators, &operator), error::already_exists(E_ALREADY_OPERATOR));
        vector::push_back(operators, operator);
        event::emit(OperatorChanged { project_id, operator, granted: true });
    }

    /// Take that right away again. What the account has stored stays.
    public entry fun revoke_operator(owner: &signer, project_id: String, operator: address) acquires Registry {
        check_owner(owner);
        let operators = operators_of(borrow_global_mut<Registry>(@verifield), project_id);
        let (found, place) = vector::index_of(operators, &operator);
        assert!(found, error::not_found(E_NO_SUCH_OPERATOR));
        vector::swap_remove(operators, place);
        event::emit(OperatorChanged { project_id, operator, granted: false });
    }

    /// Store a digest: 64 lower-case hexadecimal digits, kept as 32 bytes. `quality_score` in hundredths, `timestamp` in
    /// Unix seconds.
    public entry fun store_iot_data_hash(
        operator: &signer,
        project_id: String,
        data_hash: String,
        quality_score: u64,
        verification_level: String,
        timestamp: u64,
    ) acquires Registry {
        assert!(exists<Registry>(@verifield), error::invalid_state(E_NOT_INITIALIZED));
        check_project(&project_id);
        let by = signer::address_of(operator);
        let registry = borrow_global_mut<Registry>(@verifield);
        assert!(may_store(&registry.operators, project_id, by), error::permission_denied(E_NOT_OPERATOR));
        assert!(quality_score <= LARGEST_SCORE, error::invalid_argument(E_BAD_SCORE));
        assert!(is_level(&verification_level), error::invalid_argument(E_BAD_LEVEL));
        let anchored_at = timestamp::now_seconds();
        assert!(timestamp <= anchored_at, error::invalid_argument(E_FROM_THE_FUTURE));
        let digest = digest_of(&data_hash);
        let key = Key { project_id, digest };
        assert!(!table::contains(&registry.anchors, key), error::already_exists(E_ALREADY_ANCHORED));
        table::add(
            &mut registry.anchors,
            key,
            Anchor { quality_score, verification_level, timestamp, anchored_at, operator: by },
        );
        event::emit(Anchored {
            project_id,
            data_hash: digest,
            quality_score,
            verification_level,
            timestamp,
            anchored_at,
            operator: by,
        });
    }

    #[view]
    /// Whether the project has this digest.
    public fun is_anchored(project_id: String, data_hash: String): bool acquires Registry {
        let digest = digest_of(&data_hash);
        exists<Registry>(@verifield)
            && table::contains(&borrow_global<Registry>(@verifield).anchors, Key { project_id, digest })
    }

    #[view]
    /// Quality score, verification level, claimed end of the period, the chain's time, and the operator of an anchor.
    public fun get_anchor(project_id: String, data_hash: String): (u64, String, u64, u64, address) acquires Registry {
        assert!(exists<Registry>(@verifield), error::invalid_state(E_NOT_INITIALIZED));
        let anchors = &borrow_global<Registry>(@verifield).anchors;
        let key = Key { project_id, digest: digest_of(&data_hash) };
        assert!(table::contains(anchors, key), error::not_found(E_NOT_ANCHORED));
        let anchor = table::borrow(anchors, key);
        (
            anchor.quality_score,
            anchor.verification_level,
            anchor.timestamp,
            anchor.anchored_at,
            anchor.operator,
        )
    }

    #[view]
    /// Whether the account may store digests of the project.
    public fun is_operator(project_id: String, operator: address): bool acquires Registry {
        exists<Registry>(@verifield)
            && may_store(&borrow_global<Registry>(@verifield).operators, project_id, operator)
    }

    fun check_owner(owner: &signer) {
        assert!(signer::address_of(owner) == @verifield, error::permission_denied(E_NOT_OWNER));
        assert!(exists<Registry>(@verifield), error::invalid_state(E_NOT_INITIALIZED));
    }

    fun operators_of(registry: &mut Registry, project_id: String): &mut vector<address> {
        if (!table::contains(&registry.operators, project_id)) {
            table::add(&mut registry.operators, project_id, vector::empty());
        };
        table::borrow_mut(&mut registry.operators, project_id)
    }

    fun may_store(operators: &Table<String, vector<address>>, project_id: String, account: address): bool {
        table::contains(operators, project_id) && vector::contains(table::borrow(operators, project_id), &account)
    }

    fun check_project(project_id: &String) {
        let length = string::length(project_id);
        assert!(length > 0 && length <= LONGEST_PROJECT, error::invalid_argument(E_BAD_PROJECT));
    }

    fun is_level(level: &String): bool {
        let bytes = string::bytes(level);
        bytes == &b"high" || bytes == &b"medium" || bytes == &b"basic"
    }

    /// The 32 bytes that 64 lower-case hexadecimal digits write.
    fun digest_of(text: &String): vector<u8> {
        let digits = string::bytes(text);
        assert!(vector::length(digits) == DIGEST_DIGITS, error::invalid_argument(E_BAD_DIGEST));
        let digest = vector::empty<u8>();
        let at = 0;
        while (at < DIGEST_DIGITS) {
            let high = value_of(*vector::borrow(digits, at));
            let low = value_of(*vector::borrow(digits, at + 1));
            vector::push_back(&mut digest, high * 16 + low);
            at = at + 2;
        };
        digest
    }

    fun value_of(digit: u8): u8 {
        if (digit >= 48 && digit <= 57) {
            digit - 48
        } else {
            assert!(digit >= 97 && digit <= 102, error::invalid_argument(E_BAD_DIGEST));
            digit - 87
        }
    }

    #[test_only]
    /// Whether the digest is kept, as 32 bytes.
    public fun was_stored(project_id: String, digest: vector<u8>): bool acquires Registry {
        table::contains(&borrow_global<Registry>(@verifield).anchors, Key { project_id, digest })
    }

    #[test_only]
    /// Whether the event of this anchor was emitted.
    public fun was_announced(
        project_id: String,
        data_hash: String,
        quality_score: u64,
        verification_level: String,
        timestamp: u64,
        anchored_at: u64,
        operator: address,
    ): bool {
        event::was_event_emitted(&Anchored {
            project_id,
            data_hash: digest_of(&data_hash),
            quality_score,
            verification_level,
            timestamp,
            anchored_at,
            operator,
        })
    }
}
