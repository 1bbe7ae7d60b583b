//! A disk that is full for ten seconds while a room talks: when everybody is told, and whether anything is lost.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use crate::contestant::chatctl;
use crate::goal::Goal;
use crate::report::say;
use crate::visitor::log_in;

const MEMBERS: usize = 50;

/// Lines that each member says, and how long it rests after each.
const LINES: usize = 200;
const REST: Duration = Duration::from_millis(100);

/// When the disk becomes full, and for how long.
const FULL_AFTER: Duration = Duration::from_secs(1);
const FULL_FOR: Duration = Duration::from_secs(10);

const TROUBLE: &str = "server: the disk is full; what is said now is not taken";
const OVER: &str = "server: the disk has room again";

/// A disk of its own, in memory.
struct SmallDisk(PathBuf, #[expect(dead_code, reason = "removed when dropped")] tempfile::TempDir);

impl SmallDisk {
    fn mount() -> anyhow::Result<Option<Self>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("disk");
        fs::create_dir(&path)?;
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=32m", "tmpfs"]).arg(&path).output();
        Ok(mount.is_ok_and(|mount| mount.status.success()).then_some(Self(path, folder)))
    }

    /// Takes all the room that is left.
    fn fill(&self) -> std::io::Result<PathBuf> {
        let name = self.0.join("filler");
        let mut filler = File::create(&name)?;
        for size in [65_536, 4096] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
        Ok(name)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

/// What one member heard: the lines of the room in their order, and what was not taken of it.
#[derive(Default)]
struct Heard {
    lines: Vec<String>,
    refused: usize,
    /// From the last line before the trouble until it was told of it.
    told_after: Option<Duration>,
    is_over: bool,
}

pub(super) fn measure() -> anyhow::Result<Vec<Goal>> {
    say(format_args!("\nfull: a room of {MEMBERS}, {} messages/s, the disk is full for {FULL_FOR:?}", MEMBERS * 10));
    let Some(disk) = SmallDisk::mount()? else {
        say(format_args!("  left out, as this user cannot mount(8) a disk"));
        return Ok(Vec::new());
    };
    let all = talk(&disk)?;
    let said = MEMBERS * LINES;
    let (told, refused) = (all[0].lines.len(), all.iter().map(|heard| heard.refused).sum::<usize>());
    ensure!(all.iter().all(|heard| heard.lines == all[0].lines), "members have not heard the same");
    let was_told = all.iter().filter(|heard| heard.told_after.is_some() && heard.is_over).count();
    let latest = all.iter().filter_map(|heard| heard.told_after).max().unwrap_or(Duration::MAX).as_secs_f64();
    say(format_args!(
        "  {said} lines said: {told} told to everybody in one order, {refused} refused; {was_told} were told why"
    ));
    let lost = said.abs_diff(told + refused) as f64;
    Ok(vec![
        Goal::new("full disk: lines neither told nor refused", lost, 0.0, "lines"),
        Goal::new("full disk: members not told of it", (MEMBERS - was_told) as f64, 0.0, "members"),
        Goal::new("full disk: until the last member was told", latest, 1.5, "s"),
    ])
}

fn talk(disk: &SmallDisk) -> anyhow::Result<Vec<Heard>> {
    let data = disk.0.join("data");
    let arguments = ["--message-rate", "0", "--data", data.to_str().context("the folder's name is not text")?];
    let server = chatctl(&arguments, Stdio::null())?;
    let mut members = Vec::new();
    for member in 0..MEMBERS {
        let mut stream = log_in(server.addr, &format!("member{member}"))?;
        stream.write_all(if member == 0 { b"create room full\n" } else { b"join room full\n" })?;
        crate::visitor::read_until(&mut stream, if member == 0 { b"created the room\n" } else { b"joined\n" })?;
        stream.set_read_timeout(Some(FULL_FOR * 6))?;
        members.push(stream);
    }
    let all_said = Barrier::new(MEMBERS);
    thread::scope(|scope| {
        let all_said = &all_said;
        let listening: Vec<_> = members
            .iter()
            .enumerate()
            .map(|(number, stream)| -> anyhow::Result<_> {
                let (listener, speaker) = (stream.try_clone()?, stream.try_clone()?);
                scope.spawn(move || speak(speaker, number));
                Ok(scope.spawn(move || listen(listener, all_said)))
            })
            .collect::<anyhow::Result<_>>()?;
        thread::sleep(FULL_AFTER);
        let filler = disk.fill()?;
        thread::sleep(FULL_FOR);
        fs::remove_file(filler)?;
        listening.into_iter().map(|listening| listening.join().expect("it does not panic")).collect()
    })
}

fn speak(mut stream: TcpStream, number: usize) -> std::io::Result<()> {
    for line in 0..LINES {
        stream.write_all(format!("send room full {number} {line} {}\n", "x".repeat(500)).as_bytes())?;
        thread::sleep(REST);
    }
    stream.write_all(b"ping said\n")
}

/// Reads until what all members have said was taken, and then until this one has heard all of it.
fn listen(mut stream: TcpStream, all_said: &Barrier) -> anyhow::Result<Heard> {
    let mut heard = Heard::default();
    let mut at = Instant::now();
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?;
        if line.starts_with("full/member") {
            at = Instant::now();
            heard.lines.push(line);
        } else if line == TROUBLE {
            heard.told_after = Some(at.elapsed());
        } else if line == OVER {
            heard.is_over = true;
        } else if line.starts_with("error: not-kept: ") {
            heard.refused += 1;
        } else if line == "server: pong said" {
            all_said.wait();
            stream.write_all(b"ping over\n")?;
        } else if line == "server: pong over" {
            return Ok(heard);
        }
    }
    bail!("the server has closed a connection")
}
