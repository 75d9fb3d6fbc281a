//! Merge patches as RFC 7396 has them.

use catalogue::merge;
use expect_test::expect;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

#[test]
fn the_examples_of_the_standard_come_out() {
    // RFC 7396, appendix A.
    let examples = [
        (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
        (json!({"a": "b"}), json!({"a": null}), json!({})),
        (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
        (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
        (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
        (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
        (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
        (json!({"a": "b"}), json!(["c"]), json!(["c"])),
        (json!({"a": "foo"}), json!(null), json!(null)),
        (json!({"a": "foo"}), json!("bar"), json!("bar")),
        (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
        (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
        (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
    ];
    for (original, patch, result) in examples {
        assert_eq!(merge(original.clone(), &patch), result, "{original} patched with {patch}");
    }
}

#[test]
fn the_longer_example_of_the_standard_comes_out() {
    let original = json!({
        "title": "Goodbye!", "author": {"givenName": "John", "familyName": "Doe"}, "tags": ["example", "sample"],
        "content": "This will be unchanged",
    });
    let patch = json!({
        "title": "Hello!", "phoneNumber": "+01-123-456-7890", "author": {"familyName": null}, "tags": ["example"],
    });
    expect![[r#"{"author":{"givenName":"John"},"content":"This will be unchanged","phoneNumber":"+01-123-456-7890","tags":["example"],"title":"Hello!"}"#]]
    .assert_eq(&merge(original, &patch).to_string());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![Just(json!(null)), (0..3).prop_map(|n| json!(n)), "[xy]".prop_map(|text| json!(text))];
    leaf.prop_recursive(3, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[abc]", inner, 0..4).prop_map(|members| json!(members)),
        ]
    })
}

/// The patch that makes `to` of `from`; there is one where `to` holds no null.
fn difference(from: &Value, to: &Value) -> Value {
    let (Value::Object(from), Value::Object(to)) = (from, to) else { return to.clone() };
    let gone = from.keys().filter(|name| !to.contains_key(*name)).map(|name| (name.clone(), Value::Null));
    let changed = to.iter().filter(|(name, value)| from.get(*name) != Some(value));
    let changed =
        changed.map(|(name, value)| (name.clone(), difference(from.get(name).unwrap_or(&Value::Null), value)));
    Value::Object(gone.chain(changed).collect::<Map<_, _>>())
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, value)| !value.is_null());
            kept.map(|(name, value)| (name, without_nulls(value))).collect::<Map<_, _>>().into()
        }
        other => other,
    }
}

proptest! {
    #[test]
    fn an_empty_patch_changes_no_object(target in prop::collection::btree_map("[abc]", any_json(), 0..4)) {
        let target = json!(target);
        prop_assert_eq!(merge(target.clone(), &json!({})), target);
    }

    #[test]
    fn patching_twice_is_patching_once(target in any_json(), patch in any_json()) {
        let once = merge(target, &patch);
        prop_assert_eq!(merge(once.clone(), &patch), once);
    }

    #[test]
    fn any_value_without_nulls_can_be_reached(from in any_json(), to in any_json()) {
        let to = without_nulls(to);
        prop_assert_eq!(merge(from.clone(), &difference(&from, &to)), to);
    }

    #[test]
    fn a_patched_object_holds_no_null_that_only_the_patch_brought(patch in any_json()) {
        let merged = merge(json!({}), &patch);
        if patch.is_object() {
            prop_assert_eq!(without_nulls(merged.clone()), merged);
        }
    }
}
