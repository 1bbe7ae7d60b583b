//! `chatctl load` against one server or several, with what they and their engine used of the processors.

use std::fs;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::engine::Engine;
use crate::process::{Node, chatctl};

/// All that is measured in one load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    /// Of deliveries, in milliseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// Messages a second, and deliveries.
    pub(crate) sent_rate: f64,
    pub(crate) delivered_rate: f64,
    /// Processor time of all servers and of the engine, as a part of one core.
    pub(crate) servers: f64,
    pub(crate) engine: f64,
    /// The same for each message that was counted, in microseconds: right only without a warm-up.
    pub(crate) servers_micros: f64,
    pub(crate) engine_micros: f64,
}

/// Who is loaded.
pub(crate) struct Target {
    nodes: Vec<Node>,
    engine: Option<Engine>,
}

impl Target {
    /// One server by itself.
    pub(crate) fn single() -> anyhow::Result<Self> {
        Ok(Self { nodes: vec![Node::start(None)?], engine: None })
    }

    /// So many servers over one engine.
    pub(crate) fn cluster(nodes: usize) -> anyhow::Result<Self> {
        let engine = Engine::start()?;
        let nodes = (0..nodes).map(|_| Node::start(Some(&engine.url()))).collect::<std::io::Result<Vec<_>>>()?;
        Ok(Self { nodes, engine: Some(engine) })
    }

    fn cpu(&self) -> anyhow::Result<(Duration, Duration)> {
        let nodes = self.nodes.iter().map(|node| node.process.cpu()).sum::<std::io::Result<Duration>>()?;
        let engine = self.engine.as_ref().map(|engine| engine.process.cpu()).transpose()?;
        Ok((nodes, engine.unwrap_or_default()))
    }

    /// Runs a load.
    pub(crate) fn load(&self, arguments: &[&str]) -> anyhow::Result<Figures> {
        let servers: Vec<_> = self.nodes.iter().map(|node| node.addr.to_string()).collect();
        let folder = tempfile::tempdir()?;
        let report = folder.path().join("report.json");
        let before = self.cpu()?;
        let mut command = chatctl();
        command.args(["load", "--server", &servers.join(",")]).args(arguments);
        command.arg("--out").arg(format!("json={}", report.display()));
        let output = command.output()?;
        if !output.status.success() {
            let (said, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            bail!("the load did not pass: {}\n{said}{complaint}", output.status);
        }
        let after = self.cpu()?;
        let report: Value = serde_json::from_slice(&fs::read(report)?)?;
        let figure = |pointer: &str| {
            report.pointer(pointer).and_then(Value::as_f64).with_context(|| format!("{pointer} in the report"))
        };
        let (seconds, sent) = (figure("/plan/duration_s")?, figure("/figures/sent")?);
        let (servers, engine) = ((after.0 - before.0).as_secs_f64(), (after.1 - before.1).as_secs_f64());
        Ok(Figures {
            p50: figure("/figures/delivery/p50")?,
            p99: figure("/figures/delivery/p99")?,
            sent_rate: sent / seconds,
            delivered_rate: figure("/figures/delivered")? / seconds,
            servers: servers / seconds,
            engine: engine / seconds,
            servers_micros: servers / sent * 1e6,
            engine_micros: engine / sent * 1e6,
        })
    }
}
