//! Real sockets, threads and files: four nodes in one process.

mod memory;
mod network;

use std::{
    net::TcpListener,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use consensus::{
    Beginning, Distance, Node, NodeConfig, StartError, StopReason, SubmitError, start,
};
use ledger_core::{
    block::Header,
    digest::Hash32,
    genesis::Genesis,
    rules::RulesVersion,
    time::{Height, LedgerTime},
};
use memory::Memory;
use network::Secrets;

const ROOT: Hash32 = Hash32::new([7; 32]);

fn config(genesis: &Genesis, secrets: &Secrets, base: u16, folder: &std::path::Path) -> NodeConfig {
    let ports: Vec<u16> = (base..base + 4).collect();
    let peers = network::addresses(genesis, &ports);
    let identity = secrets.identity.public_key();
    NodeConfig {
        genesis: genesis.clone(),
        genesis_state_root: ROOT,
        identity: secrets.identity.clone(),
        votes: vec![secrets.vote.clone()],
        listen: peers[&identity],
        peers,
        storage: folder.join(identity.to_hex()),
        beginning: Beginning::default(),
        rules: RulesVersion::BASE,
        distance: Distance::Wide,
    }
}

/// Four adjacent ports that are free now.
fn free_ports() -> u16 {
    let start = 20_000 + u16::try_from(std::process::id() % 20_000).unwrap();
    let free = |port: &u16| (*port..port + 4).all(|p| TcpListener::bind(("127.0.0.1", p)).is_ok());
    (start..60_000).step_by(4).find(free).unwrap()
}

fn now() -> LedgerTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    LedgerTime::new(u64::try_from(since.as_millis()).unwrap())
}

fn wait_until(what: &str, done: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < deadline, "waited for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn four_nodes_execute_what_one_was_given_and_stop_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = network::secrets(4);
    let genesis = network::genesis(&secrets);
    let header = Header::genesis(&genesis, ROOT);
    let base = free_ports();
    let ledgers: Vec<_> = secrets.iter().map(|_| Memory::new(&genesis, header)).collect();
    let run = |index: usize| -> Node {
        let config = config(&genesis, &secrets[index], base, folder.path());
        start(config, ledgers[index].clone()).unwrap()
    };
    let mut nodes: Vec<_> = (0..4).map(run).collect();
    wait_until("the first block", || ledgers.iter().all(|l| l.height() > 0));

    let mut waits = Vec::new();
    for number in 0..20 {
        let began = Instant::now();
        let command = network::command(&genesis, number, now().after(60_000));
        let id = nodes[1].submit(command.clone()).unwrap();
        assert_eq!(nodes[1].submit(command), Ok(id), "the same again is accepted again");
        wait_until("proof", || {
            let state = ledgers[1].state();
            let block = state.blocks.iter().find(|b| b.commands.contains(&id));
            let proven = state.blocks.last().map(|b| b.header.results.height);
            block.is_some_and(|b| proven >= Some(b.header.height))
        });
        waits.push(began.elapsed());
    }
    waits.sort();
    println!("submit to proven: median {:?}, slowest {:?}", waits[10], waits[19]);
    wait_until("execution by all", || ledgers.iter().all(|l| l.commands().len() == 20));

    let status = nodes[0].status();
    assert!(status.applied >= status.proven && status.finalized >= status.applied);
    wait_until("three peers", || nodes[0].status().peers == 3);
    assert!(nodes[0].metrics().ends_with("# EOF\n"));

    let executed = ledgers[0].state().blocks[..5].to_vec();
    for (height, block) in (1..).map(Height::new).zip(executed) {
        let kept = futures::executor::block_on(nodes[1].block(height));
        assert_eq!(kept.map(|kept| kept.header), Some(block.header));
    }
    let ahead = Height::new(1 << 40);
    assert!(futures::executor::block_on(nodes[1].block(ahead)).is_none());

    let stopped = nodes.remove(3);
    stopped.stop();
    assert_eq!(stopped.wait(), StopReason::Requested);
    assert!(futures::executor::block_on(stopped.block(Height::new(1))).is_none());
    let late = network::command(&genesis, 100, now().after(60_000));
    assert_eq!(stopped.submit(late), Err(SubmitError::Stopped));

    // The same folder and store again.
    let again = run(3);
    let target = ledgers[0].height() + 5;
    wait_until("catching up", || ledgers[3].height() >= target);
    nodes.push(again);
    for node in &nodes {
        node.stop();
    }
    for node in &nodes {
        assert_eq!(node.wait(), StopReason::Requested);
    }
}

#[test]
fn a_node_with_wrong_inputs_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = network::secrets(4);
    let genesis = network::genesis(&secrets);
    let header = Header::genesis(&genesis, ROOT);
    let good = config(&genesis, &secrets[0], free_ports(), folder.path());
    let refusal = |config: NodeConfig| start(config, Memory::new(&genesis, header)).err();

    let mut config = good.clone();
    config.votes = vec![secrets[1].vote.clone()];
    assert_eq!(refusal(config), Some(StartError::OtherVoteKey));

    let mut config = good.clone();
    config.peers.remove(&secrets[2].identity.public_key());
    assert_eq!(refusal(config), Some(StartError::PeerMissing { index: 2 }));

    let mut config = good.clone();
    config.peers.remove(&secrets[0].identity.public_key());
    assert_eq!(refusal(config), Some(StartError::NotAValidator));

    let mut config = good.clone();
    config.genesis_state_root = Hash32::new([8; 32]);
    assert_eq!(refusal(config), Some(StartError::OtherGenesis));

    let taken = TcpListener::bind(good.listen).unwrap();
    assert_eq!(refusal(good), Some(StartError::Listen));
    drop(taken);
}
