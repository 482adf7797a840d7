/// The script lines and the faults, for `openloom simulate --help` and the documentation.
package let simulatorScriptHelp = """
    THE SCRIPT
    Lines of a task's goal that begin with `sim:` tell the simulated agent what to do, in order. Without any it writes
    a note about the goal below notes/. Paths are relative to the workspace and can't leave it; "a path" may be quoted.
    In texts, \\n is a new line.

    Files
      sim: write PATH TEXT          a file with this text and a final newline
      sim: append PATH TEXT         a line at the end of a file
      sim: delete PATH              a file or an empty directory
      sim: mkdir PATH               a directory
      sim: run COMMAND              a line of shell, run in the workspace; only with --allow-run
    Words and time
      sim: say TEXT                 text of the message
      sim: think SECONDS            a pause
      sim: step [SECONDS]           ends a step (finish tool-calls, session still busy), with a gap before the next
      sim: tokens INPUT OUTPUT [COST]   what each following step is said to have used
    Asking
      sim: ask PERMISSION [PATTERN] waits for an answer, unless a rule of the session decides; ask! asks in any case
      sim: question HEADER | OPTION | OPTION…   likewise; question! asks although questions are denied
      sim: form TITLE | KEY TYPE [OPTION, OPTION…] | …   a form (in wire 1 a question per field); TYPE is string, number,
                                    integer, boolean, multiselect or external; form! asks in any case
      sim: subagent TITLE … sim: end    what is between is done in a child session
    The end
      sim: complete | nomarker | nochange   the last line: TASK COMPLETE (the default), none, NO CHANGE NEEDED
      sim: finish stop | length | content-filter | tool-calls | error | unknown
      sim: empty                    a message without output
      sim: fail auth | api [STATUS] [retryable] | overflow | length | structured | aborted | unknown
      sim: retry TIMES [SECONDS]    the provider is asked again; then it goes on
      sim: noassistant              busy, then idle: no message and no error
      sim: busy-after               the session stays busy after the end
      sim: title-after-idle         the session gets its title after it is idle
    Further prompts of the session
      sim: turn N                   what follows is for its Nth prompt (from 2), if that has no lines of its own
    Trouble
      sim: stall                    busy for ever
      sim: silent                   the prompt is taken, and nothing ever (in wire 2 it stays in the inbox)
      sim: nopersist                it is taken and never appears: in wire 1 only a session.error tells of it
      sim: noturn                   it is taken and appears, then nothing
      sim: big BYTES                one event frame of this size
      sim: cut                      every event stream is cut off
      sim: restart                  the server restarts under the turn: in wire 1 it is stranded, in wire 2 resumed

    Wire 1 accepts a directory that does not exist, and the turn ends without a word. So does one for a model named
    no-such-model. Before version 1.18.15 messages are ordered by their ids, with all that follows from it.
    Wire 2 refuses such a directory, and a turn fails for a model that /api/model does not list, without a word for a
    variant that it does not list. The permissions bash and task are called shell and subagent there. 2.0.0 to 2.0.3
    have other names for paths and fields. A turn that a restart cut is resumed at the line that it had come to.

    THE FAULTS
    POST /simulator/faults takes a JSON object of these, null sets one back; DELETE sets all back. GET /simulator/state
    shows them, and what runs. POST /simulator/restart restarts the server, POST /simulator/cut cuts off event streams.

    \(faultHelp)
    """

private let faultHelp = SimulatorFaults.documentation.map { name, meaning in
    "  \(name)\(String(repeating: " ", count: max(1, 24 - name.utf8.count)))\(meaning)"
}.joined(separator: "\n")
