//! JSON, as the browser reads it for us.

use acs_chat::fields::{Fields, InvalidField};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn a_field_of_each_kind_is_read() {
    let mut fields = Fields::parse(
        r#"{"text": "a\"\u738b\ud83d\ude00", "whole": -1732100000123, "part": 7.5, "large": 1e300, "flag": true,
            "gone": null, "map": {"k": "v", "__proto__": "p"}, "twice": 1, "twice": 2}"#
            .as_bytes(),
    );
    assert_eq!(fields.text("text"), "a\"王😀");
    assert_eq!(fields.number("whole"), -1_732_100_000_123);
    assert_eq!(fields.optional_flag("flag"), Some(true));
    assert_eq!(fields.optional_text("gone"), None);
    let map = fields.optional_metadata("map").unwrap();
    assert_eq!((map["k"].as_str(), map["__proto__"].as_str(), map.len()), ("v", "p", 2));
    assert_eq!(fields.number("twice"), 2);
    assert_eq!(fields.optional_number("part"), None);
    assert_eq!(fields.finish(()), Err(InvalidField::Wrong("part")));
    assert!(Fields::parse(b"{\"large\": 1e300}").optional_number("large").is_none());
}

#[wasm_bindgen_test]
fn what_is_no_json_is_no_object() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let object = format!(r#"{{"a": {}}}"#, "[".repeat(200) + &"]".repeat(200));
    for text in ["", "<html>", "{\"a\":", "[1, 2]", "7", "\"a\"", "null", deep.as_str(), object.as_str()] {
        assert_eq!(Fields::parse(text.as_bytes()).finish(()), Err(InvalidField::NoObject), "{text:.20}");
    }
    assert_eq!(Fields::parse(b"{\"a\": \"\xff\"}").finish(()), Err(InvalidField::NoObject));
}
