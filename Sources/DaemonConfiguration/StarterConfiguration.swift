/// The file that `openloom init` writes: every setting that most people may want to change, with its default or an
/// example, commented out.
///
/// A line that begins with `#` explains; one whose `#` is indented is a setting, to be had by removing `# `.
package let starterConfiguration = """
    # openloom's configuration: ~/.openloom/config.yaml
    #
    # Everything is optional. To set something, remove the "# " in front of its line.
    # OPENLOOM_* variables win over this file, options of the command line over both.
    # openloom config shows what is in force, and where each value came from.
    # Every key is described in docs/configuration.md.

    # ---- The OpenCode server that does the work ----
    # A password does not belong here: set OPENLOOM_OPENCODE_PASSWORD,
    # or write it into a file of mode 0600 and name that as password_file.
    # With neither url nor password, a server that registers itself (OpenCode 2) is found.
    opencode:
      # url: http://127.0.0.1:4096
      # username: opencode
      # auto_start: false   # true: start OpenCode where no server answers

    # ---- REST API, on this machine only ----
    server:
      # host: 127.0.0.1
      # port: 8967

    # ---- Where tasks lie ----
    spool:
      # path: ~/.openloom/spool
      # watch: auto            # auto, inotify, or timer (network filesystems)

    # ---- The folder that task files are dropped into ----
    # Relative paths start from the directory of this file.
    # Left out, it is the folder inbox in the spool.
    levels:
      storage:
        # path: ./inbox
        # poll_interval_s: 5   # only where the filesystem reports no changes
        # workspace: ~/src/scratch   # for files that name no workspace
        # outbox: ./results    # NAME.status.md while a task runs, NAME.result.md when it has ended
        # archive: ./archive   # where files go whose tasks have ended; else the inbox, as NAME.done.md
        # language: en         # of headings in results: en or zh

    # ---- Storage elsewhere that task files come from, and results go to ----
    # By file:, davs: (WebDAV, with user and password_file), s3:, sftp:, ftp:, https: (an index, only read), or a program:
    # docs/connectors.md.
    connectors:
      # share: {url: "file:///srv/share/tasks", inbox: in, outbox: out, archive: old}

    # ---- Which directories the agent works in ----
    # A file dropped into inbox/website/ works in the directory named here.
    # allow: no task may work anywhere else.
    workspaces:
      # website: ~/src/website
      # allow: [~/src]

    # ---- How tasks are run ----
    # permissions: allow, ask or deny what the agent asks for, or name them one by one.
    harness:
      # max_running: 4
      # timeout_seconds: 3600        # from the prompt to the end of the turn
      # stall_seconds: 600           # longest silence of the agent
      # check_interval_seconds: 30
      # start_timeout_seconds: 30
      # max_attempts: 3
      # retry_delay_seconds: 10      # before the second attempt; four times as long before each further one
      # timezone: Europe/Berlin      # of times, days and schedules; that of the machine if left out
      # idle_completes_task: true    # an end of turn without TASK COMPLETE counts as well
      # permissions: {"*": allow, external_directory: ask, doom_loop: ask}

    # ---- Who hears of tasks ----
    # Each can be signed, with secret_file: a file of mode 0600. docs/webhooks.md says what is sent.
    notify:
      # webhook: [{name: ci, url: "https://ci.example/hook"}]

    # ---- How much of a dropped file is read ----
    limits:
      # file_bytes: 10 MiB
      # docx_unpacked_bytes: 50 MiB

    log:
      # level: info            # trace, debug, info, notice, warning, error, critical

    """
