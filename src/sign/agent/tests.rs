use std::io::Read;
use std::io::Write;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Child;
use std::process::Stdio;
use std::thread;
use std::time::Instant;

use crate::sign::SecretKey;
use crate::sign::tests::hardware;
use crate::sign::tests::openssh::OpenSsh;

use super::*;

const LOCK: u8 = 22;
const UNLOCK: u8 = 23;
const PATIENCE: Duration = Duration::from_secs(20);

struct RunningAgent {
    openssh: OpenSsh,
    socket: PathBuf,
    child: Child,
}

impl RunningAgent {
    fn start() -> Self {
        let openssh = OpenSsh::new();
        let socket = openssh.path("agent");
        let mut command = openssh.command("ssh-agent");
        let mut child = command.arg("-D").arg("-a").arg(&socket).stdout(Stdio::piped()).spawn().unwrap();
        // It prints where it listens once it does.
        child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        Self { openssh, socket, child }
    }

    fn ssh_add(&self, arguments: &[&str], input: &[u8]) {
        let mut command = self.openssh.command("ssh-add");
        command.args(arguments).env("SSH_AUTH_SOCK", &self.socket);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        assert!(child.wait().unwrap().success());
    }
}

impl Drop for RunningAgent {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Listens once and gives this answer to whatever is asked.
fn false_agent(openssh: &OpenSsh, answers: Vec<Vec<u8>>) -> PathBuf {
    let socket = openssh.path("false-agent");
    let listener = UnixListener::bind(&socket).unwrap();
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut len = [0; 4];
            stream.read_exact(&mut len).unwrap();
            let mut request = vec![0; u32::from_be_bytes(len) as usize];
            stream.read_exact(&mut request).unwrap();
            stream.write_all(&answer).ok();
        }
    });
    socket
}

#[test]
fn agent_lists_and_signs() {
    let agent = RunningAgent::start();
    assert_eq!(list(&agent.socket, PATIENCE).unwrap(), []);
    agent.openssh.keygen("key", &["ed25519"], "");
    agent.openssh.keygen("rsa", &["rsa", "-b", "2048"], "");
    agent.ssh_add(&["-q", "key", "rsa"], b"");
    let key = PublicKey::parse(&agent.openssh.read_text("key.pub")).unwrap();
    assert_eq!(list(&agent.socket, PATIENCE).unwrap(), std::slice::from_ref(&key));
    let armor = sign(&agent.socket, &key, "git", b"message", PATIENCE).unwrap();
    assert_eq!(armor, agent.openssh.sign("key", "git", b"message"));
    assert_eq!(verify_detached("git", b"message", &armor), Ok(key));
}

#[test]
fn key_that_the_agent_lacks_is_reported() {
    let agent = RunningAgent::start();
    let key = SecretKey::generate().public();
    assert!(matches!(sign(&agent.socket, &key, "git", b"m", PATIENCE), Err(AgentError::NoKey)));
}

#[test]
fn locked_agent_has_no_keys() {
    let agent = RunningAgent::start();
    agent.openssh.keygen("key", &["ed25519"], "");
    agent.ssh_add(&["-q", "key"], b"");
    let key = PublicKey::parse(&agent.openssh.read_text("key.pub")).unwrap();
    let lock = |request: u8| [&[request], &wire::strings(&[b"secret"])[..]].concat();
    exchange(&agent.socket, lock(LOCK), PATIENCE).unwrap();
    assert_eq!(list(&agent.socket, PATIENCE).unwrap(), []);
    assert!(matches!(sign(&agent.socket, &key, "git", b"m", PATIENCE), Err(AgentError::NoKey)));
    exchange(&agent.socket, lock(UNLOCK), PATIENCE).unwrap();
    assert!(sign(&agent.socket, &key, "git", b"m", PATIENCE).is_ok());
}

#[test]
fn hardware_key_signs_through_the_agent_if_its_user_is_there() {
    let answer = |flags: u8| {
        let signature = hardware::signature("ssh:", flags, &sshsig::signed_data("git", b"m"));
        wire::strings(&[&[&[SIGN_RESPONSE], &wire::strings(&[&signature])[..]].concat()])
    };
    let openssh = OpenSsh::new();
    let socket = false_agent(&openssh, vec![answer(hardware::PRESENT), answer(0)]);
    let key = hardware::public("ssh:");
    let armor = sign(&socket, &key, "git", b"m", PATIENCE).unwrap();
    assert_eq!(armor, hardware::armor("ssh:", hardware::PRESENT, b"m"));
    let outcome = sign(&socket, &key, "git", b"m", PATIENCE);
    assert!(matches!(outcome, Err(AgentError::Unusable(SignatureFault::SkFlags))));
}

#[test]
fn key_that_asks_its_user_in_vain_is_refused() {
    let agent = RunningAgent::start();
    agent.openssh.keygen("key", &["ed25519"], "");
    // There is no program here that could ask, so the agent takes it for a no.
    agent.ssh_add(&["-q", "-c", "key"], b"");
    let key = PublicKey::parse(&agent.openssh.read_text("key.pub")).unwrap();
    assert!(matches!(sign(&agent.socket, &key, "git", b"m", PATIENCE), Err(AgentError::Refused)));
}

#[test]
fn missing_agent_is_unreachable() {
    let openssh = OpenSsh::new();
    assert!(matches!(list(&openssh.path("nothing"), PATIENCE), Err(AgentError::Unreachable(_))));
}

#[test]
fn silent_agent_is_given_up() {
    let openssh = OpenSsh::new();
    let _listener = UnixListener::bind(openssh.path("silent")).unwrap();
    let start = Instant::now();
    let outcome = list(&openssh.path("silent"), Duration::from_millis(50));
    assert!(matches!(outcome, Err(AgentError::TimedOut(_))));
    assert!(start.elapsed() < PATIENCE);
}

#[test]
fn nonsense_from_an_agent_is_refused() {
    let key = SecretKey::generate().public();
    let answers: [&[u8]; 7] = [
        b"",
        &[0, 0, 0, 0],
        &[0, 0, 0, 1, 99],
        &[0xff, 0xff, 0xff, 0xff, 12],
        &[0, 0, 0, 5, 12, 0xff, 0xff, 0xff, 0xff],
        &[0, 0, 0, 6, 12, 0, 0, 0, 0, 1],
        &[0, 0, 0, 9, 12],
    ];
    for answer in answers {
        let openssh = OpenSsh::new();
        let socket = false_agent(&openssh, vec![answer.to_vec(), answer.to_vec()]);
        assert!(matches!(list(&socket, PATIENCE), Err(AgentError::Protocol)), "{answer:?}");
        assert!(matches!(sign(&socket, &key, "git", b"m", PATIENCE), Err(AgentError::Protocol)), "{answer:?}");
    }
}

#[test]
fn signature_over_something_else_is_unusable() {
    let openssh = OpenSsh::new();
    let agent = RunningAgent::start();
    agent.openssh.keygen("key", &["ed25519"], "");
    agent.ssh_add(&["-q", "key"], b"");
    let key = PublicKey::parse(&agent.openssh.read_text("key.pub")).unwrap();
    let mut request = vec![SIGN_REQUEST];
    request.extend(wire::strings(&[&key.to_blob(), b"another message"]));
    request.extend_from_slice(&[0; 4]);
    let honest_answer = exchange(&agent.socket, request, PATIENCE).unwrap();
    let socket = false_agent(&openssh, vec![wire::strings(&[&honest_answer])]);
    let outcome = sign(&socket, &key, "git", b"m", PATIENCE);
    assert!(matches!(outcome, Err(AgentError::Unusable(SignatureFault::BadSignature))));
}
