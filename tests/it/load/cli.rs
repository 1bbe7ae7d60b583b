//! The exit codes of `chatctl load`, its thresholds and its reports.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Command as Process, Stdio};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use tempfile::TempDir;

/// A second of load, quick to be over.
const QUICK: [&str; 4] = ["--warmup", "200ms", "--duration", "800ms"];

fn chatctl(arguments: &[&str]) -> Assert {
    Command::cargo_bin("chatctl").unwrap().args(arguments).assert()
}

fn load(arguments: &[&str]) -> Assert {
    chatctl(&[&["load"], arguments].concat())
}

fn quick(arguments: &[&str]) -> Assert {
    load(&[&QUICK[..], &["--users", "20"], arguments].concat())
}

fn script(text: &str, arguments: &[&str]) -> Assert {
    let mut command = Command::cargo_bin("chatctl").unwrap();
    command.arg("load").args(arguments).arg("-").write_stdin(text).assert()
}

#[test]
fn users_alone_load_a_server_of_our_own_and_that_passes() {
    quick(&[]).code(0).stdout(contains("\npassed")).stdout(contains("lost 0, duplicated 0, reordered 0"));
}

#[test]
fn the_built_in_script_is_printed_and_can_be_loaded() {
    let printed = load(&["--print-script"]).code(0);
    let text = String::from_utf8(printed.get_output().stdout.clone()).unwrap();
    script(&text, &[&QUICK[..], &["--users", "40"]].concat()).code(0).stdout(contains("in 2 casts of 20"));
}

#[test]
fn whatever_can_be_run_can_be_loaded() {
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts");
    let mut played = 0;
    for entry in std::fs::read_dir(scripts).unwrap().map(Result::unwrap) {
        let path = entry.path();
        // The scripts of the folders below are for the servers of other projects.
        if path.is_file() {
            load(&["--users", "1", path.to_str().unwrap()]).code(0);
            played += 1;
        }
    }
    assert!(played > 5);
    load(&["--users", "8", &format!("{scripts}/at_once.chat")]).code(0).stdout(contains("in 2 casts of 4"));
    load(&["--users", "100", &format!("{scripts}/room_demo.chat")]).code(3).stderr(contains("every cast would"));
}

#[test]
fn who_waits_for_its_turn_to_connect_is_not_late() {
    let text = "set timeout 300ms\nconnect a\n";
    script(text, &["--users", "10", "--connect-rate", "10/s"]).code(0).stdout(contains("10 logins in 10 plays"));
}

#[test]
fn users_of_the_legacy_dialect_can_be_loaded() {
    let text = "connect a, b\na> send message {{b}} hello\nb< {{a}}: hello\n";
    script(text, &["--users", "10", "--dialect", "legacy"]).code(0).stdout(contains("10 logins in 5 plays"));
}

#[test]
fn impossible_plans_are_2_before_anything_connects() {
    let nobody = "127.0.0.1:1";
    let refused = |arguments: &[&str], sentence: &'static str| {
        load(&[&["--server", nobody], arguments].concat()).code(2).stderr(contains(sentence)).stdout("");
    };
    refused(&["--users", "0"], "the number of users must be at least 1, found 0");
    refused(&["--users", "5", "--stages", "0 -> 5 in 10s"], "users and stages exclude each other");
    refused(&["--users", "4000020"], "pairs of a sender and a recipient");
    refused(&[], "no number of users: pass --users or --stages");
    refused(&["--users", "20", "--rate", "0.000001/s"], "a rate of 0.000001/s is out of reach");
    refused(&["--users", "20", "--fail-if", "delivery.p98 > 1ms"], "unknown figure `delivery.p98`");
    refused(&["--users", "20", "--stages", "0 - 5"], "--stages");
    refused(&["--users", "20", "--out", "pdf=x"], "expected json=FILE or html=FILE");
    refused(&["--users", "20", "--out", "json=/dev/null/x.json"], "cannot write");
    refused(&["--users", "20", "/no/such.chat"], "cannot read /no/such.chat");
    refused(&["--users", "20", "--stall", "200%"], "expected a percentage");
    refused(&["--users", "20", "--duration", "0s"], "leaves nothing of the load");
}

#[test]
fn too_few_descriptors_are_2_with_the_remedy() {
    let command = "ulimit -n 100 && exec \"$@\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", command, "sh"]).arg(assert_cmd::cargo::cargo_bin!("chatctl")).args(["load", "--users", "200"]);
    shell.assert().code(2).stderr(contains("200 users need 464 file descriptors")).stderr(contains("`ulimit -n 464`"));
}

#[test]
fn a_load_follows_set_encoding_both_ways() {
    let text = "connect alice, bob\nalice> set encoding gbk\nalice< server: encoding is gbk\n\
        alice> send message {{bob}} 你好\nbob< {{alice}}: 你好\nbob> send message {{alice}} 渊\nalice< {{bob}}: 渊\n";
    script(text, &["--users", "4"]).code(0).stdout(contains("in 2 casts of 2"));
}

#[test]
fn errors_of_the_script_and_names_that_collide_are_3() {
    script("connect alice\nalice>hi\n", &["--users", "1"]).code(3).stderr(contains("-:2"));
    let collides = "connect alice\nalice> create room lobby\nalice< lobby/server: alice created the room\n";
    script(collides, &["--users", "1"]).code(0);
    script(collides, &["--users", "2"]).code(3).stderr(contains("every cast would create this room"));
}

#[test]
fn no_connection_is_4() {
    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    quick(&["--server", &unused]).code(4).stdout(contains("no connection"));
    quick(&["--server", "nowhere.invalid:7667"]).code(4).stderr(contains("nowhere"));
}

#[test]
fn a_missed_threshold_of_each_kind_is_5() {
    for threshold in [
        "connect.max > 0ms",
        "delivery.p50 > 0ms",
        "fanout.p90 > 0ms",
        "scheduled.delivery.p999 > 0ms",
        "round.p99 > 1s",
        "sent < 100000",
        "sent.rate < 10000/s",
        "delivered < 100000",
        "lost < 1",
        "duplicated <= 0",
        "reordered == 0",
        "misdelivered == 0",
        "disordered == 0",
        "corrupted == 0",
        "bytes.rate < 1/s",
        "undelivered < 1",
        "unsent < 1000000",
        "errors <= 0%",
    ] {
        let missed = load(&[
            "--users",
            "20",
            "--warmup",
            "50ms",
            "--duration",
            "400ms",
            "--rate",
            "200/s",
            "--fail-if",
            threshold,
        ]);
        missed
            .code(5)
            .stdout(contains("FAILED: 1 threshold missed"))
            .stdout(contains(format!("FAILED  fail if {threshold}")));
    }
}

#[test]
fn a_threshold_of_the_script_is_replaced_by_the_command_line() {
    let text = "load\n  users 1\n  fail if connect.max > 0ms\nend\nconnect a\n";
    script(text, &[]).code(5);
    script(text, &["--fail-if", "connect.max > 1h"]).code(0);
}

#[test]
fn a_failure_in_a_cast_is_an_error_shown_in_full_and_5_never_1() {
    let text = "set timeout 300ms\nconnect a\na> ping x\na< server: pong y\n";
    let failed = script(text, &["--users", "3"]).code(5);
    failed.stdout(contains("3 mismatch, the first:")).stdout(contains("error: a received a different line"));
}

#[test]
fn a_generator_that_cannot_keep_up_is_6_if_that_is_asked_for() {
    // While one user is busy with itself, nobody else has its turn in time.
    let text = "connect a, b
let long = {{text 8000..8000}}
together
  each a
    every 100ms
      repeat 12000
        assert {{long}} != short
      end
    end
  end
  each b
    every 5ms
      me> ping
      me< server: pong
    end
  end
end
";
    let overloaded = ["--users", "2", "--warmup", "100ms", "--duration", "4s", "--workers", "1"];
    script(text, &overloaded).code(0).stdout(contains("THE GENERATOR WAS THE LIMIT"));
    let limited = script(text, &[&overloaded[..], &["--strict-generator"]].concat());
    limited.code(6).stdout(contains("THE GENERATOR WAS THE LIMIT").and(contains("FAILED: the generator was")));
}

#[test]
fn nothing_that_ran_is_7() {
    load(&["--stages", "0 -> 19 in 300ms", "--warmup", "100ms"])
        .code(7)
        .stdout(contains("FAILED: nothing ran, there were"));
}

#[test]
fn a_load_that_measured_nothing_says_so_in_a_sentence() {
    let none = load(&["--stages", "0 -> 19 in 300ms", "--warmup", "100ms"]).code(7);
    let screen = String::from_utf8(none.get_output().stdout.clone()).unwrap();
    assert!(screen.lines().count() <= 5 && !screen.contains("thresholds"), "{screen}");
    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let nobody =
        quick(&["--server", &unused]).code(4).stdout(contains("FAILED: no connection: nobody could connect\n"));
    let screen = String::from_utf8(nobody.get_output().stdout.clone()).unwrap();
    assert!(!screen.contains("delivered") && !screen.contains("kept up"), "{screen}");
}

#[test]
fn what_bears_a_label_is_told_apart() {
    let directory = TempDir::new().unwrap();
    let json = directory.path().join("new/folder/report.json");
    let text = "connect a, b\nevery 20ms\na> list rooms as \"rooms\"\na< server: rooms (0)\nb> ping\nb< server: pong as \"ping\"\n\
        a> send message {{b}} {{stamp b}} hi as \"hi\"\nend\n";
    let out = format!("json={}", json.display());
    let loaded = script(text, &[&QUICK[..], &["--users", "2", "--out", &out]].concat()).code(0);
    loaded.stdout(contains("as \"hi\"").and(contains("as \"ping\"")).and(contains("as \"rooms\"")));
    let report: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&json).unwrap()).unwrap();
    let count = |path: &str| report.pointer(path).unwrap().as_u64().unwrap();
    let rounds = count("/figures/rounds");
    assert_eq!(count("/labels/rooms/round/count") + count("/labels/ping/round/count"), rounds);
    assert_eq!(count("/labels/hi/delivery/count"), count("/figures/delivery/count"));
    assert!(rounds > 0 && count("/labels/hi/delivery/count") > 0, "{report}");
    let provenance = &report["provenance"];
    assert_eq!((&provenance["server"], &provenance["arguments"][0]), (&"embedded".into(), &"load".into()));
}

#[test]
fn a_rate_that_grows_ends_the_load_where_a_threshold_is_missed() {
    let ramp = ["--users", "20", "--rate", "0 -> 400/s in 1s, hold 1h", "--warmup", "100ms", "--abort-if", "sent > 20"];
    let aborted = load(&ramp).code(5).stdout(contains("FAILED: aborted, as sent > 20: "));
    let screen = String::from_utf8(aborted.get_output().stdout.clone()).unwrap();
    assert!(screen.contains("deliveries expected"), "{screen}");
    load(&["--users", "20", "--rate", "0 -> 0/s in 1s"]).code(2).stderr(contains("rate must be above zero"));
}

#[test]
fn a_report_that_is_worse_than_the_baseline_is_5() {
    let directory = TempDir::new().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let (slow, fast) = (path("slow.json"), path("fast.json"));
    quick(&["--rate", "40/s", "--out", &format!("json={slow}")]).code(0);
    quick(&["--rate", "400/s", "--out", &format!("json={fast}")]).code(0);
    let compare = |first: &str, second: &str, rule: &str| chatctl(&["compare", first, second, "--fail-if", rule]);
    compare(&slow, &slow, "sent.rate < -5%").code(0).stdout(contains("ok      fail if sent.rate < -5%: +0.0%\n"));
    compare(&slow, &fast, "sent.rate < -5%").code(0);
    compare(&fast, &slow, "sent.rate < -5%").code(5).stdout(contains("FAILED  fail if sent.rate < -5%: -"));
    compare(&slow, &fast, "sent > 5").code(2).stderr(contains("expected a rule such as"));
}

#[test]
fn an_interrupted_load_reports_what_there_is() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let mut child = Process::new(assert_cmd::cargo::cargo_bin!("chatctl"))
            .args(["load", "--users", "20", "--duration", "1h"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut progress = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        assert!(progress.any(|line| line.contains("20 users")), "nobody came");
        assert!(Process::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let screen = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{screen}");
        assert!(screen.contains("interrupted; ") && screen.contains("lost 0,"), "{screen}");
    }
}

#[test]
fn reports_are_written_and_can_be_compared() {
    let directory = TempDir::new().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let (json, html) = (path("one.json"), path("one.html"));
    quick(&["--out", &format!("json={json}"), "--out", &format!("html={html}")]).code(0);
    let report: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&json).unwrap()).unwrap();
    assert_eq!(report["schema"], "chatctl-load-1");
    assert_eq!(report["figures"]["connected"], 20);
    assert_eq!(report["figures"]["lost"], 0);
    let page = std::fs::read_to_string(&html).unwrap();
    assert!(page.contains("<svg") && !page.contains("http://") && !page.contains("https://"), "it fetches nothing");
    chatctl(&["compare", &json, &json]).code(0).stdout(contains("delivery.p99").and(contains("=")));
    chatctl(&["compare", &json, &html]).code(2).stderr(contains("it is not the JSON report of a load"));
    std::fs::write(path("other.json"), r#"{"schema": "chatctl-load-9"}"#).unwrap();
    chatctl(&["compare", &json, &path("other.json")]).code(2).stderr(contains("chatctl-load-9"));
}

#[test]
fn a_load_that_would_end_before_all_users_are_connected_is_refused() {
    let arguments = ["--users", "200", "--connect-rate", "5/s", "--duration", "3s", "--warmup", "0s"];
    let said = "chatctl: 200 users at 5 connections a second need 40s, but the load lasts 3s; raise --connect-rate, or make \
                the load longer\n";
    load(&arguments).code(2).stderr(said);
}

#[test]
fn turns_of_every_are_counted_and_sizes_are_params() {
    let text = "param n = 1\nparam pace = 50ms\nconnect u[{{n}}]\nset leftovers allow\nevery {{pace}}\n  u> ping {{i}}\n  u< server: pong {{i}}\nend\n";
    let once = "every {{pace}}\n  u1> ping {{i}}\n  u1< server: pong 1\nend\n";
    let plan = ["--users", "4", "--param", "n=2", "--warmup", "0s", "--duration", "500ms"];
    script(text, &plan).code(0).stdout(contains("4 users in 2 casts of 2"));
    // A second turn says another number.
    let text = text.replace(&text[text.find("every").unwrap()..], once);
    script(&text, &plan).code(5).stdout(contains("mismatch"));
}

#[test]
fn one_notation_of_times_and_rates_holds_everywhere_and_mistakes_show_it() {
    let told = |flag: &str, value: &str, said: &str| {
        load(&[flag, value, "--users", "1"]).code(2).stderr(contains(said.to_owned()));
    };
    told("--stages", "0 - 5", "not understood from `0 - 5` on (such as: 0 -> 500 in 30s, hold 5m");
    told("--rate", "fast", "expected a rate such as 500/s, or 0 -> 5000/s in 2m, hold 1m");
    told("--connect-rate", "5", "expected a rate such as 200/s or 500/m");
    told("--rate", "0/s -> 500/m in 10s", "expected both rates per second, or both per minute");
    told("--duration", "5", "expected a time such as 200ms, 1.5s or 5m");
    let serve = chatctl(&["serve", "--login-timeout", "5"]).code(2);
    serve.stderr(contains("expected a time such as 200ms, 1.5s or 5m"));
    chatctl(&["serve", "--keep-files", "0s"]).code(2).stderr(contains("expected a time longer than 0s"));
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("load.json");
    let out = format!("json={}", path.display());
    load(&["--users", "20", "--duration", "1000ms", "--warmup", "0min", "--rate", "6000/min", "--out", &out]).code(0);
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(report["plan"]["rate"], 100.0);
}
