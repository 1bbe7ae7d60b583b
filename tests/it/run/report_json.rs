//! The JSON report is what `docs/report-json.md` says: exactly these fields, of these types.

use std::collections::BTreeMap;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

const SCRIPT: &str = "title A report
connect alice, bob
test \"passes\"
repeat 3
  alice> send message bob {{i}}
  bob< alice: {{i}}
end
test \"fails\"
alice> ping x
alice< server: pong y
";

/// A file whose setup fails, as whoever includes it is told.
const INCLUDED: &str = "setup
  connect ann
  ann> ping
  ann< server: pong
  ann is closed
end
";

/// The report of a script that fails, of one with an error, and of two in whose included file that is so.
fn report() -> Value {
    let directory = TempDir::new().unwrap();
    let (path, broken) = (directory.path().join("report.json"), directory.path().join("broken.chat"));
    std::fs::write(&broken, "connect alice\nalice>hi\n").unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    write("fails.inc", INCLUDED);
    write("broken.inc", "alice>hi\n");
    let fails = write("fails.chat", "set timeout 50ms\ninclude \"fails.inc\"\n");
    let includes = write("includes.chat", "include \"broken.inc\"\n");
    let mut run = Command::cargo_bin("chatctl").unwrap();
    run.args(["run", "--seed", "7", "--report-json"]).arg(&path).arg("-").args([broken, fails, includes]);
    run.write_stdin(SCRIPT).assert().code(3);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The types of every field, by the path to it.
fn fields(value: &Value, path: &str, found: &mut BTreeMap<String, Vec<&'static str>>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(items) => {
            items.iter().for_each(|item| fields(item, &format!("{path}[]"), found));
            "array"
        }
        Value::Object(members) => {
            let prefix = if path.is_empty() { String::new() } else { format!("{path}.") };
            members.iter().for_each(|(key, value)| fields(value, &format!("{prefix}{key}"), found));
            "object"
        }
    };
    let kinds = found.entry(path.to_owned()).or_default();
    if !kinds.contains(&kind) {
        kinds.push(kind);
    }
}

#[test]
fn every_field_is_documented_and_every_documented_field_is_there() {
    let mut found = BTreeMap::new();
    fields(&report(), "", &mut found);
    found.retain(|path, _| !path.is_empty() && !path.ends_with("[]"));
    let document = std::fs::read_to_string("docs/report-json.md").unwrap();
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let documented: BTreeMap<String, &str> =
        rows.map(|(path, rest)| (path.to_owned(), rest.split(" | ").next().unwrap())).collect();
    assert_eq!(found.keys().collect::<Vec<_>>(), documented.keys().collect::<Vec<_>>());
    for (path, kinds) in found {
        let allowed: Vec<&str> = documented[&path].split(" or ").collect();
        assert!(kinds.iter().all(|kind| allowed.contains(kind)), "{path}: {kinds:?}, documented as {allowed:?}");
    }
}

#[test]
fn a_loop_has_one_latency_with_its_count_and_what_fails_has_none() {
    let report = report();
    let tests = &report["files"][0]["tests"];
    let [latency] = tests[0]["expectations"].as_array().unwrap().as_slice() else { panic!("{report}") };
    assert_eq!((&latency["line"], &latency["user"], &latency["count"]), (&6.into(), &"bob".into(), &3.into()));
    let [min, mean, max] = ["min", "mean", "max"].map(|key| latency[key].as_f64().unwrap());
    assert!(0.0 <= min && min <= mean && mean <= max && 0.0 < max, "{latency}");
    assert_eq!(tests[1]["expectations"], Value::Array(Vec::new()));
    assert_eq!(tests[1]["failures"][0]["line"], 10);
    assert_eq!(report["seed"], 7);
}
