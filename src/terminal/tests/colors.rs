//! What has which color, on every kind of terminal.

use insta::assert_snapshot;

use super::stage::{ANN, DARK, Stage};
use crate::terminal::{Background, Depth, Theme};

/// A bit of everything.
fn scene(theme: Theme) -> Stage {
    let mut stage = Stage::themed(&["ann"], 100, 12, theme);
    stage.logs_in(ANN);
    stage.types("/clear");
    stage.types("create room lobby bob,渊渊");
    stage.hears(ANN, "lobby/server: ann created the room with bob, 渊渊");
    stage.hears(ANN, "lobby/bob: hello");
    stage.alt('1');
    stage.hears(ANN, "lobby/渊渊: a word for Ann");
    stage.hears(ANN, "eve: psst");
    stage.alt('2');
    stage.hears(ANN, "error: no-such-user: dave");
    stage.types("/find hello");
    stage
}

#[test]
fn many_colors_on_a_dark_screen() {
    assert_snapshot!("colors_scene", scene(DARK).seen());
    assert_snapshot!("colors_many_dark", scene(DARK).colors());
}

#[test]
fn many_colors_on_a_light_screen() {
    assert_snapshot!(scene(Theme { depth: Depth::Many, background: Background::Light }).colors());
}

#[test]
fn sixteen_colors_on_a_dark_screen() {
    assert_snapshot!(scene(Theme { depth: Depth::Sixteen, background: Background::Dark }).colors());
}

#[test]
fn sixteen_colors_on_a_light_screen() {
    assert_snapshot!(scene(Theme { depth: Depth::Sixteen, background: Background::Light }).colors());
}

#[test]
fn no_colors_at_all() {
    assert_snapshot!(scene(Theme { depth: Depth::None, background: Background::Dark }).colors());
}

#[test]
fn a_name_has_the_same_color_in_any_spelling() {
    assert_eq!(DARK.name("Alice"), DARK.name("ＡＬＩＣＥ"));
    assert_ne!(DARK.name("alice"), DARK.name("bob"));
}
