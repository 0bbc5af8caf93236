use acs_chat::Metadata;
use natter::views::details::metadata;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::mount;

#[wasm_bindgen_test]
fn what_applications_keep_is_listed_as_words_that_keep_to_themselves() {
    let kept = Metadata::from([
        ("<img src=x>".to_owned(), "a\u{202e}b".to_owned()),
        ("לקוח".to_owned(), "שלום 4711".to_owned()),
    ]);
    let corner = mount(move || metadata(&kept));
    assert!(corner.find("img").is_none());
    assert_eq!(corner.text("dl dt:nth-of-type(1)"), "<img src=x>");
    assert_eq!(corner.text("dl dd:nth-of-type(1)"), "a\u{202e}b");
    assert_eq!(corner.text("dl dd:nth-of-type(2)"), "שלום 4711");
    let direction = |selector: &str| {
        let style = web_sys::window().unwrap().get_computed_style(&corner.get(selector)).unwrap().unwrap();
        style.get_property_value("direction").unwrap()
    };
    assert_eq!(
        (direction("dt:nth-of-type(1)"), direction("dd:nth-of-type(1)")),
        ("ltr".into(), "ltr".into())
    );
    assert_eq!(
        (direction("dt:nth-of-type(2)"), direction("dd:nth-of-type(2)")),
        ("rtl".into(), "rtl".into())
    );
}

#[wasm_bindgen_test]
fn where_nothing_is_kept_nothing_is_said() {
    let corner = mount(|| metadata(&Metadata::new()));
    assert_eq!(corner.root.text_content().unwrap(), "");
}
