//! What operators see of a server and its log.

use super::redis::Redis;
use crate::serve::operations::Scene;

#[test]
fn what_a_server_and_its_log_have_to_do_with_each_other_is_counted() {
    let Some(mut redis) = Redis::start() else { return };
    let scene = Scene::new(&["--cluster", &redis.url()]);
    let mut alice = scene.server.user("alice");
    alice.ask("create room den", &["den/server: alice created the room"]);
    let trips = scene.metric("chatctl_cluster_round_trip_seconds_count");
    alice.ask("send den one", &["den/alice: one"]);
    assert!(scene.metric("chatctl_cluster_round_trip_seconds_count") > trips);
    assert!(scene.metric("chatctl_cluster_round_trip_seconds_sum") > 0.0);
    assert_eq!(scene.metric("chatctl_cluster_waiting_lines"), 0.0);
    assert!(scene.metric("chatctl_cluster_lag_seconds") < 1.0);
    assert_eq!(scene.metric("chatctl_ready"), 1.0);

    redis.signal("STOP");
    alice.say("send den two");
    alice.expect(&["server: the cluster is out of reach, your lines wait"]);
    assert_eq!(scene.metric("chatctl_cluster_waiting_lines"), 1.0);
    assert!(scene.metric("chatctl_cluster_lag_seconds") >= 5.0);
    assert_eq!(scene.get("/readyz", "*/*").1, "not ready\n");
    redis.kill_and_start();
    alice.expect(&["den/alice: two"]);
    assert!(scene.metric("chatctl_cluster_resent_batches_total") >= 1.0);
    alice.ask("ping", &["server: pong"]);
    assert!(scene.metric("chatctl_cluster_lag_seconds") < 1.0);
}
