//! The driver of browser tests, held against pages that are known.

use switchboard_tests::Browser;

/// A page of that HTML, as an address.
fn page(html: &str) -> String {
    let bytes = html.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    format!("data:text/html;charset=utf-8,{bytes}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_clicked_typed_into_and_read_through_shadow_trees_too() {
    let Some(browser) = Browser::start().await else { return };
    let tab = browser.page().await;
    tab.goto(&page(
        "<!doctype html><html lang=en><title>t</title><main><h1>One</h1><div id=host></div></main><script>
         const root = document.getElementById('host').attachShadow({mode: 'open'});
         root.innerHTML = '<label>Name <input></label><button>Say</button><p></p>';
         root.querySelector('button').onclick = () => setTimeout(() =>
           root.querySelector('p').textContent = 'Hello ' + root.querySelector('input').value, 50);
         </script>",
    ))
    .await;
    tab.fill("#host >>> input", "Ada").await;
    tab.click("#host >>> button").await;
    tab.wait_text("#host >>> p", "Hello Ada").await;
    assert_eq!(tab.attribute("#host >>> input", "value").await.as_deref(), Some("Ada"));
    assert_eq!((tab.count("#host >>> button").await, tab.count("h1").await), (1, 1));
    assert_eq!((tab.errors(), tab.hosts().len()), (Vec::new(), 0));
    assert_eq!(tab.axe().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_page_is_told() {
    let Some(browser) = Browser::start().await else { return };
    let tab = browser.page().await;
    tab.goto(&page(
        "<!doctype html><html lang=en><title>t</title><main><h1>One</h1><button></button></main>
         <script>console.error('odd', 7); setTimeout(() => { window.done = true; throw new Error('broken') })</script>",
    ))
    .await;
    tab.until("both errors", "window.done === true").await;
    let wrong = tab.axe().await;
    assert!(wrong.len() == 1 && wrong[0].starts_with("button-name: button"), "{wrong:?}");
    let errors = tab.errors();
    assert!(errors.len() == 2 && errors[0] == "odd 7" && errors[1].contains("broken"), "{errors:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_dark_window_is_what_the_page_sees_and_a_picture_of_it_is_taken() {
    let Some(browser) = Browser::start().await else { return };
    let tab = browser.page().await;
    tab.size(360, 740).await;
    tab.dark(true).await;
    tab.goto(&page("<!doctype html><meta name=viewport content='width=device-width'><title>t</title>")).await;
    let seen = tab.eval("[innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]").await;
    assert_eq!(seen, serde_json::json!([360, true]));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("pictures/page.png");
    tab.screenshot(&file).await;
    assert!(std::fs::read(file).expect("a picture").starts_with(b"\x89PNG"));
}

#[test]
fn the_rules_of_accessibility_are_the_ones_that_were_published() {
    use sha2::{Digest, Sha256};
    let file = include_bytes!("../vendor/axe.min.js");
    assert!(file.starts_with(b"/*! axe v4.14.1"));
    assert_eq!(
        hex::encode(Sha256::digest(file)),
        "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c",
        "the file is that of axe-core's npm package, unchanged"
    );
}
