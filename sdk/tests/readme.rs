//! The page an author reads shows the example as it is.

#[test]
fn the_readme_shows_the_echo_channel_verbatim() {
    let readme = include_str!("../README.md");
    for (file, text) in [
        ("src/lib.rs", include_str!("../../examples/echo-channel/src/lib.rs")),
        ("plugin.toml", include_str!("../../examples/echo-channel/plugin.toml")),
        ("requests/message.json", include_str!("../../examples/echo-channel/requests/message.json")),
    ] {
        assert!(
            readme.contains(text),
            "sdk/README.md differs from examples/echo-channel/{file}: paste it anew"
        );
    }
}

#[test]
fn the_examples_stay_under_sixty_lines() {
    for text in [
        include_str!("../../examples/echo-channel/src/lib.rs"),
        include_str!("../../examples/keyword-assistant/src/lib.rs"),
    ] {
        assert!(text.lines().count() < 60);
    }
}
