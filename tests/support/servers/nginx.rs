//! nginx, which hands requests to `git http-backend` through fcgiwrap.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::account::Account;
use super::programs;
use super::running::Running;
use super::server::Server;
use super::web::Site;

/// nginx and fcgiwrap with a repository, ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Nginx {
    #[expect(dead_code, reason = "ends the servers when they are dropped")]
    running: [Running; 2],
    port: u16,
    site: Site,
}

impl Nginx {
    /// What this machine must have.
    pub(crate) const PROGRAMS: [&str; 3] = ["git", "nginx", "fcgiwrap"];

    /// Starts a server for a bare repository, which from then on belongs to the server's account.
    pub(crate) fn start(directory: &Path, repository: &Path) -> Self {
        let site = Site::new(directory, repository);
        let socket = site.directory.join("fcgi.sock");
        let mut command = programs::service("fcgiwrap", &site.directory);
        command.args(["-f", "-c", "8", "-s", &format!("unix:{}", socket.display())]);
        site.account.enter(&mut command);
        let mut wrap = Running::start(&site.directory.join("fcgiwrap.log"), &mut command);
        assert!(wrap.becomes(|| socket.exists()), "fcgiwrap ends at once");
        let (nginx, port) =
            Running::on_free_port(&site.directory.join("nginx.log"), |port| serve(&site, &socket, port));
        Self { running: [nginx, wrap], port, site }
    }
}

/// Returns nginx as it serves a site on a port.
fn serve(site: &Site, socket: &Path, port: u16) -> Command {
    let place = |name: &str| site.directory.join(name).display().to_string();
    let parameters = [
        ("SCRIPT_FILENAME", site.backend.display().to_string()),
        ("GIT_PROJECT_ROOT", site.root().display().to_string()),
        ("GIT_HTTP_EXPORT_ALL", "1".to_owned()),
        ("PATH_INFO", "$repository".to_owned()),
        ("QUERY_STRING", "$query_string".to_owned()),
        ("REQUEST_METHOD", "$request_method".to_owned()),
        ("CONTENT_TYPE", "$content_type".to_owned()),
        ("CONTENT_LENGTH", "$content_length".to_owned()),
        ("REMOTE_USER", "$remote_user".to_owned()),
        ("REMOTE_ADDR", "$remote_addr".to_owned()),
        ("SERVER_PROTOCOL", "$server_protocol".to_owned()),
    ];
    let parameters = parameters.map(|(name, value)| format!("      fastcgi_param {name} {value};\n")).concat();
    // Who reads needs no name. The repository is a named group: the match of the map would take the place of a number.
    let config = format!(
        "daemon off;\n{user}pid {pid};\nerror_log stderr warn;\nevents {{ worker_connections 128; }}\nhttp {{\n  \
           access_log off;\n  client_max_body_size 0;\n  client_body_temp_path {body};\n  \
           proxy_temp_path {proxy};\n  fastcgi_temp_path {fastcgi};\n  uwsgi_temp_path {uwsgi};\n  \
           scgi_temp_path {scgi};\n  map $request_uri $realm {{ default off; ~git-receive-pack git; }}\n  \
           server {{\n    listen 127.0.0.1:{port};\n    location ~ ^/git(?<repository>/.*)$ {{\n      \
             auth_basic $realm;\n      auth_basic_user_file {passwords};\n      \
             fastcgi_pass unix:{socket};\n      fastcgi_read_timeout 300;\n{parameters}    }}\n  }}\n}}\n",
        user = if site.account.is_root() { "user root;\n" } else { "" },
        pid = place("nginx.pid"),
        body = place("body"),
        proxy = place("proxy"),
        fastcgi = place("fastcgi"),
        uwsgi = place("uwsgi"),
        scgi = place("scgi"),
        passwords = site.passwords.display(),
        socket = socket.display(),
    );
    fs::write(place("nginx.conf"), config).expect("the directory is ours");
    let mut command = programs::service("nginx", &site.directory);
    command.args(["-e", "stderr", "-p"]).arg(&site.directory).args(["-c", &place("nginx.conf")]);
    site.account.enter(&mut command);
    command
}

impl Server for Nginx {
    fn version(&self) -> String {
        let nginx = programs::said(programs::service("nginx", Path::new("/")).arg("-v"));
        let wrap = programs::said(programs::service("fcgiwrap", Path::new("/")).arg("-h"));
        let nginx = nginx.trim().trim_start_matches("nginx version: ").replace('/', " ");
        let wrap = wrap.lines().find_map(|line| line.strip_prefix("fcgiwrap version ")).unwrap_or_default();
        format!("{nginx}, fcgiwrap {wrap}")
    }

    fn url(&self, user: &str) -> String {
        self.site.url(self.port, user)
    }

    fn variables(&self, _user: &str) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn repository(&self) -> &Path {
        &self.site.repository
    }

    fn account(&self) -> &Account {
        &self.site.account
    }
}
