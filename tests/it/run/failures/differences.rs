//! Lines that are not what was expected: what differs, and whether one can see it.

use super::on_a_puppet;

#[test]
fn more_at_the_end() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
alice> tell bob lobby/alice: hi there
bob< lobby/alice: hi
"
    ));
}

#[test]
fn less_at_the_end() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
alice> tell bob lobby/alice: hi
bob< lobby/alice: hi there
"
    ));
}

#[test]
fn another_start() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
alice> tell bob room/alice: hi
bob< lobby/alice: hi
"
    ));
}

#[test]
fn another_word_in_the_middle() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
alice> tell bob lobby/alice: one too three
bob< lobby/alice: one two three
"
    ));
}

#[test]
fn another_case() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
alice> tell bob lobby/alice: Hi
bob< lobby/alice: hi
"
    ));
}

#[test]
fn composed_and_decomposed() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
alice> tell bob alice: café au lait
bob< alice: café au lait
"
    ));
}

#[test]
fn an_invisible_character() {
    insta::assert_snapshot!(on_a_puppet(
        r#"connect alice, bob
alice> tell bob alice: h{{"\u{200b}"}}i
bob< alice: hi
"#
    ));
}

#[test]
fn a_blank_at_the_end() {
    insta::assert_snapshot!(on_a_puppet(
        r#"connect alice, bob
alice> tell bob alice: hi{{" "}}
bob< alice: hi
"#
    ));
}

#[test]
fn a_blank_that_is_another() {
    insta::assert_snapshot!(on_a_puppet(
        r#"connect alice, bob
alice> tell bob alice: a{{"\u{a0}"}}b
bob< alice: a b
"#
    ));
}

#[test]
fn a_control_sequence() {
    insta::assert_snapshot!(on_a_puppet(
        r#"connect alice, bob
alice> tell bob alice: {{"\u{1b}"}}[31mred
bob< alice: red
"#
    ));
}

#[test]
fn columns_of_wide_characters() {
    insta::assert_snapshot!(on_a_puppet(
        r#"connect alice as "渊渊", bob
alice> tell bob 大厅/渊渊: 你好 👩‍👩‍👧 天气很好
bob< 大厅/渊渊: 你好 👩‍👩‍👧 天气不好
"#
    ));
}

#[test]
fn a_tab_before_the_difference() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
alice> tell bob alice:	one
bob< alice:	two
"
    ));
}

#[test]
fn a_regular_expression_that_does_not_match() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
alice> tell bob server: users (two): alice, bob
bob<~ server: users \([0-9]+\): .*
"
    ));
}

#[test]
fn a_number_that_is_none() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
alice> tell bob lobby/alice: order A17 shipped
bob< lobby/{{who:word}}: order {{id:int}} shipped
"
    ));
}

#[test]
fn one_name_with_two_values_in_a_line() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
alice> tell bob alice: 1 = 2
bob< alice: {{n:int}} = {{n:int}}
"
    ));
}

#[test]
fn one_name_with_two_values_at_two_users() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob, carol
alice> tell bob alice: id 1
alice> tell carol alice: id 2
bob, carol< alice: id {{id:int}}
"
    ));
}

#[test]
fn a_captured_text_inserted() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob, carol
alice> tell bob lobby/alice: one
alice> tell carol lobby/bob: two
bob< {{first:any}}
carol< {{first}}
"
    ));
}

#[test]
fn bytes_that_are_no_text() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
alice> bytes bob 616c6963653a20ff
bob< alice: hi
"
    ));
}

#[test]
fn a_line_that_is_too_long() {
    let script = format!("connect alice, bob\nalice raw \"bytes bob {}\\n\"\nbob< alice: hi\n", "61".repeat(65_537));
    insta::assert_snapshot!(on_a_puppet(&script));
}

#[test]
fn a_line_too_early() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
alice> tell bob alice: two
alice> tell bob alice: one
bob< alice: one
bob< alice: two
"
    ));
}

#[test]
fn a_difference_far_into_a_long_line() {
    let text = "ä".repeat(300);
    let script = format!("connect alice, bob\nalice> tell bob {text} one {text}\nbob< {text} two {text}\n");
    insta::assert_snapshot!(on_a_puppet(&script));
}

#[test]
fn too_much_between_two_holes() {
    insta::assert_snapshot!(on_a_puppet(
        r"connect alice, bob
alice> tell bob lobby/alice: one, too, three
bob< lobby/{{who:word}}: {{a:word}}, two, {{b:word}}
"
    ));
}

#[test]
fn who_speaks_is_forgotten() {
    insta::assert_snapshot!(on_a_puppet("connect alice, bob\nalice> tell bob alice: hi\nbob< hi\n"));
}

#[test]
fn quotes_around_a_line() {
    insta::assert_snapshot!(on_a_puppet("connect alice, bob\nalice> tell bob alice: hi\nbob< \"alice: hi\"\n"));
}

#[test]
fn a_star_that_means_anything() {
    insta::assert_snapshot!(on_a_puppet("connect alice, bob\nalice> tell bob alice: hi\nbob< *: hi\n"));
}

#[test]
fn a_regular_expression_without_its_tilde() {
    insta::assert_snapshot!(on_a_puppet("connect alice, bob\nalice> tell bob alice: hi 7\nbob< \\w+: hi [0-9]+\n"));
}
