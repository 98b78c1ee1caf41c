// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

#[test_only]
module verifield::iot_verification_tests {
    use std::string::{Self, String};
    use aptos_framework::timestamp;
    use verifield::iot_verification as contract;

    const NOW: u64 = 1800000000;
    const DIGEST: vector<u8> = b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const OTHER: vector<u8> = b"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

    fun text(bytes: vector<u8>): String {
        string::utf8(bytes)
    }

    fun start(framework: &signer, owner: &signer) {
        timestamp::set_time_has_started_for_testing(framework);
        timestamp::update_global_time_for_test_secs(NOW);
        contract::initialize(owner);
        contract::grant_operator(owner, text(b"plant-1"), @0xa1);
    }

    fun store(operator: &signer, project: vector<u8>, digest: vector<u8>) {
        contract::store_iot_data_hash(operator, text(project), text(digest), 95, text(b"high"), NOW - 60);
    }

    #[test(framework = @0x1, owner = @verifield, operator = @0xa1, _other = @0xa2)]
    fun what_is_stored_can_be_read_back(framework: &signer, owner: &signer, operator: &signer, _other: &signer) {
        start(framework, owner);
        store(operator, b"plant-1", DIGEST);
        assert!(contract::is_anchored(text(b"plant-1"), text(DIGEST)), 0);
        let (score, level, claimed, anchored_at, by) = contract::get_anchor(text(b"plant-1"), text(DIGEST));
        assert!(score == 95 && level == text(b"high") && claimed == NOW - 60, 1);
        assert!(anchored_at == NOW && by == @0xa1, 2);
        assert!(contract::was_stored(text(b"plant-1"), x"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"), 3);
    }

    #[test(framework = @0x1, owner = @verifield, operator = @0xa1, _other = @0xa2)]
    fun a_digest_belongs_to_its_project(framework: &signer, owner: &signer, operator: &signer, _other: &signer) {
        start(framework, owner);
        contract::grant_operator(owner, text(b"plant-2"), @0xa1);
        store(operator, b"plant-1", DIGEST);
        assert!(!contract::is_anchored(text(b"plant-2"), text(DIGEST)), 0);
        store(operator, b"plant-2", DIGEST);
        store(operator, b"plant-1", OTHER);
        assert!(contract::is_anchored(text(b"plant-2"), text(DIGEST)), 1);
    }

    #[test(framework = @0x1, owner = @verifield, operator = @0xa1, _other = @0xa2)]
    fun an_event_tells_of_it(framework: &signer, owner: &signer, operator: &signer, _other: &signer) {
        start(framework, owner);
        store(operator, b"plant-1", DIGEST);
        assert!(contract::was_announced(text(b"plant-1"), text(DIGEST), 95, text(b"high"), NOW - 60, NOW, @0xa1), 0);
        assert!(!contract::was_announced(text(b"plant-1"), text(OTHER), 95, text(b"high"), NOW - 60, NOW, @0xa1), 1);
    }

    #[test(framework = @0x1, owner = @verifield, operator = @0xa1, _other = @0xa2)]
    #[expected_failure(abort_code = 0x80003, location = verifield::iot_verification)]
    fun a_digest_is_stored_once(framework: &signer, owner: &signer, operator: &signer, _other: &signer) {
        start(framework, owner);
        store(operator, b"plant-1", DIGEST);
        store(operator, b"plant-1", DIGEST);
    }

    #[test(framework = @0x1, owner = @verifield, operator = @0xa1, other = @0xa2)]
    #[expected_failure(abort_code = 0x80003, location = verifield::iot_verification)]
    fun a_second_operator_cannot_store_it_again_either(framework: &signer, owner: &signer, operator: &signer, other: &signer) {
        start(framework, owner);
        contract::grant_operator(owner, text(b"plant-1"), @0xa2);
        store(operator, b"plant-1", DIGEST);
        store(other, b"plant-1", DIGEST);
    }

    #[test(framework = @0x1, owner = @verifield, _operator = @0xa1, other = @0xa2)]
    #[expected_failure(abort_code = 0x50002, location = verifield::iot_verification)]
    fun a_stranger_stores_nothing(framework: &signer, owner: &signer, _operator: &signer, other: &signer) {
        start(framework, owner);
        store(other, b"plant-1", DIGEST);
    }

    #[test(framework = @0x1, owner = @verifield, operator = @0xa1, _other = @0xa2)]
    #[expected_failure(abort_code = 0x50002, location = verifield::iot_verification)]
    fun an_operator_of_one_project_stores_nothing_for_another(framework: &signer, owner: &signer, operator: &signer, _other: &signer) {
        start(framework, owner);
        store(operator, b"plant-2", DIGEST);
    }

    #[test(framework = @0x1, owner = @verifield, _operator = @0xa1, _other = @0xa2)]
    #[expected_failure(abort_code = 0x50002, location = verifield::iot_verification)]
    fun the_owner_is_not_an_operator_by_itself(framework: &signer, owner: &signer, _operator: &signer, _other: &signer) {
        start(framework, owner);
        store(owner, b"plant-1", DIGEST);
    }

    #[test(framework = @0x1, owner = @verifield, operator = @0xa1, _other = @0xa2)]
    #[expected_failure(abort_code = 0x50002, location = verifield::iot_verification)]
    fun a_revoked_operator_stores_nothing_more(framework: &signer, owner: &signer, operator: &signer, _other: &signer) {
        start(framework, owner);
        contract::revoke_operator(owner, text(b"plant-1"), @0xa1);
        assert!(!contract::is_operator(text(b"plant-1"), @0xa1), 0);
        store(operator, b"plant-1", DIGEST);
    }

    #[test(framework = @0x1, owner = @verifield, operator = @0xa1, _other = @0xa2)]
    fun what_a_revoked_operator_stored_stays(framework: &signer, owner: &signer, operator: &signer, _other: &signer) {
        start(framework, owner);
        store(operator, b"plant-1", DIGEST);
        contract::revoke_operator(owner, text(b"plant-1"), @0xa1);
        assert!(contract::is_anchored(text(b"plant-1"), text(DIGEST)), 0);
        contract::grant_operator(owner, text(b"plant-1"), @0xa1);
        assert!(contract::is_operator(text(b"plant-1"), @0xa1), 1);
    }

    #[test(framework = @0x1, owner = @verifield, operator = @0xa1, _other = @0xa2)]
    #[expected_failure(abort_code = 0x50001, location = verifield::iot_verification)]
    fun only_the_owner_grants(framework: &signer, owner: &signer, operator: &signer, _other: &signer) {
        start(framework, owner);
        contract::grant_operator(operator, text(b"plant-1"), @0xa2);
    }

    #[test(framework = @0x1, owner = @verifield, _operator = @0xa1, other = @0xa2)]
    #[expected_failure(abort_code = 0x50001, location = verifield::iot_verification)]
    fun only_the_owner_revokes(framework: &signer, owner: &signer, _operator: &signer, other: &signer) {
        start(framework, owner);
        contract::revoke_operator(other, text(b"plant-1"), @0xa1);
    }

    #[test(framework = @0x1, owner = @verifield, _operator = @0xa1, _other = @0xa2)]
    #[expected_failure(abort_code = 0x8000c, location = verifield::iot_verification)]
    fun nobody_is_granted_twice(framework: &signer, owner: &signer, _operator: &signer, _other: &signer) {
        start(framework, owner);
        contract::grant_operator(owner, text(b"plant-1"), @0xa1);
    }

    #[test(framework = @0x1, owner = @verifield, _operator = @0xa1, _other = @0xa2)]
    #[expected_failure(abort_code = 0x6000d, location = verifield::iot_verification)]
    fun nobody_is_revoked_who_was_not_granted(framework: &signer, owner: &signer, _operator: &signer, _other: &signer) {
        start(framework, owner);
        contract::revoke_operator(owner, text(b"plant-1"), @0xa2);
    }

    #[test(_framework = @0x1, _owner = @verifield, operator = @0xa1, _other = @0xa2)]
    #[expected_failure(abort_code = 0x50001, location = verifield::iot_verification)]
    fun only_the_owner_initializes(_framework: &signer, _owner: &signer, operator: &signer, _other: &signer) {
        contract::initialize(operator);
    }

    #[test(framework = @0x1, owner = @verifield, _operator = @0xa1, _other = @0xa2)]
    #[expected_failure(abort_code = 0x8000b, location = verifield::iot_verification)]
    fun it_is_initialized_once(framework: &signer, owner: &signer, _operator: &signer, _other: &signer) {
        start(framework, owner);
        contract::initialize(owner);
    }

    #[test(_framework = @0x1, _owner = @verifield, operator = @0xa1, _other = @0xa2)]
    #[expected_failure(abort_code = 0x3000a, location = verifield::iot_verification)]
    fun nothing_is_stored_before_that(_framework: &signer, _owner: &signer, operator: &signer, _other: &signer) {
        store(operator, b"plant-1", DIGEST);
    }

    #[test(_framework = @0x1, _owner = @verifield, _operator = @0xa1, _other = @0xa2)]
    fun views_answer_before_that_too(_framework: &signer, _owner: &signer, _operator: &signer, _other: &signer) {
        assert!(!contract::is_anchored(text(b"plant-1"), text(DIGEST)), 0);
        assert!(!contract::is_operator(text(b"plant-1"), @0xa1), 1);
    }

    #[test(framework = @0x1, owner = @verifield, operator = @0xa1, _other = @0xa2)]
    #[expected_failure(abort_code = 0x10004, location = verifield::iot_verification)]
    fun an_upper_case_digest_is_refused(framework: &signer, owner: &signer, operator: &signer, _other: &signer) {
        start(framework, owner);
        store(operator, b"plant-1", b"0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef");
    }

    #[test(framework = @0x1, owner = @verifield, operator = @0xa1, _other = @0xa2)]
    #[expected_failure(abort_code = 0x10004, location = verifield::iot_verification)]
    fun a_short_digest_is_refused(framework: &signer, owner: &signer, operator: &signer, _other: &signer) {
        start(framework, owner);
        store(operator, b"plant-1", b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd");
    }

    #[test(framework = @0x1, owner = @verifield, operator = @0xa1, _other = @0xa2)]
    #[expected_failure(abort_code = 0x10004, location = verifield::iot_verification)]
    fun a_digest_with_other_characters_is_refused(framework: &signer, owner: &signer, operator: &signer, _other: &signer) {
        start(framework, owner);
        store(operator, b"plant-1", b"0123456789abcdeg0123456789abcdef0123456789abcdef0123456789abcdef");
    }

    #[test(framework = @0x1, owner = @verifield, operator = @0xa1, _other = @0xa2)]
    fun the_highest_score_and_the_present_are_taken(framework: &signer, owner: &signer, operator: &signer, _other: &signer) {
        start(framework, owner);
        contract::store_iot_data_hash(operator, text(b"plant-1"), text(DIGEST), 100, text(b"medium"), NOW);
    }

    #[test(framework = @0x1, owner = @verifield, operator = @0xa1, _other = @0xa2)]
    #[expected_failure(abort_code = 0x10005, location = verifield::iot_verification)]
    fun a_score_above_is_refused(framework: &signer, owner: &signer, operator: &signer, _other: &signer) {
        start(framework, owner);
        contract::store_iot_data_hash(operator, text(b"plant-1"), text(DIGEST), 101, text(b"high"), NOW);
    }

    #[test(framework = @0x1, owner = @verifield, operator = @0xa1, _other = @0xa2)]
    #[expected_failure(abort_code = 0x10006, location = verifield::iot_verification)]
    fun another_level_is_refused(framework: &signer, owner: &signer, operator: &signer, _other: &signer) {
        start(framework, owner);
        contract::store_iot_data_hash(operator, text(b"plant-1"), text(DIGEST), 95, text(b"gold"), NOW);
    }

    #[test(framework = @0x1, owner = @verifield, operator = @0xa1, _other = @0xa2)]
    #[expected_failure(abort_code = 0x10007, location = verifield::iot_verification)]
    fun a_period_that_ends_in_the_future_is_refused(framework: &signer, owner: &signer, operator: &signer, _other: &signer) {
        start(framework, owner);
        contract::store_iot_data_hash(operator, text(b"plant-1"), text(DIGEST), 95, text(b"basic"), NOW + 1);
    }

    #[test(framework = @0x1, owner = @verifield, operator = @0xa1, _other = @0xa2)]
    #[expected_failure(abort_code = 0x10008, location = verifield::iot_verification)]
    fun a_project_without_a_name_is_refused(framework: &signer, owner: &signer, operator: &signer, _other: &signer) {
        start(framework, owner);
        contract::store_iot_data_hash(operator, text(b""), text(DIGEST), 95, text(b"basic"), NOW);
    }

    #[test(framework = @0x1, owner = @verifield, _operator = @0xa1, _other = @0xa2)]
    #[expected_failure(abort_code = 0x60009, location = verifield::iot_verification)]
    fun what_is_not_there_cannot_be_read(framework: &signer, owner: &signer, _operator: &signer, _other: &signer) {
        start(framework, owner);
        contract::get_anchor(text(b"plant-1"), text(DIGEST));
    }
}
