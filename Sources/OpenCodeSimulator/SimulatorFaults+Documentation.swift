extension SimulatorFaults {
    /// Name and meaning of every fault, as `openloom simulate --help` shows them.
    package static let documentation: [(name: String, meaning: String)] = [
        ("refuseStreams", "number of event stream requests that are answered 503; -1: all"),
        ("cutStreamAfterEvents", "every event stream is cut off after so many events"),
        ("cutStreamAfterSeconds", "every event stream is cut off after so many seconds"),
        ("cutStreamMidTurn", "true: every event stream is cut off when a step of a turn begins"),
        ("muteStreams", "true: event streams carry nothing but heartbeats"),
        ("failCreateSession", "number of sessions whose creation is answered 500"),
        ("failMessages", "number of message listings that are answered 500; -1: all"),
        (
            "fail",
            "list of {path, status | hang | reset, method?, count?, seconds?}: requests whose path matches (* and ? are"
                + " wildcards) get this status, no answer (\"hang\": true) or a closed connection (\"reset\": true; for"
                + " the path * that is a server that is down)"
        ),
        ("delaySeconds", "every answer comes so much later"),
        ("persistDelaySeconds", "wire 1: a prompt's message appears so long after its 204"),
        ("losePrompts", "number of prompts that are answered as if taken, and forgotten; -1: all"),
        ("limitedTurns", "number of turns that end at once with a provider's rate limit (429); -1: all"),
        ("wrongDirectory", "the directory that sessions are said to have"),
        ("health", "wire 1: what /global/health is: normal, html, opencode2, no-version, unhealthy"),
        ("previewHealth", "wire 1: whether /api/health answers without a version, as 1.16 and later do"),
        ("unauthorized", "true: everything is answered 401"),
        ("busyAfterFinish", "true: sessions stay busy (active in wire 2) after their turn has ended"),
        ("statusType", "wire 1: the type that the status of a working session has, instead of busy"),
        ("pageSize", "the most messages that one page of a listing has"),
        ("frameBytes", "each turn sends one event frame of this size"),
        ("abortSeconds", "how long an abort takes to answer"),
        ("abortIgnored", "true: an abort answers true, and the turn goes on"),
        ("abortSparesChildren", "true: an abort leaves the sessions of subagents busy"),
        ("answeringModel", "provider/model that answers, whatever was asked for"),
        ("rejectEndsTurn", "wire 1: true: a permission rejected without a message ends the turn between two steps"),
        ("secondError", "wire 1: true: each session.error is followed by a second, generic one"),
        ("errorWithoutSession", "wire 1: true: session.error events name no session"),
        ("loopLimit", "before 1.18.15: the most answers that a message id ahead of the server's clock causes"),
        ("htmlEverywhere", "true: every path answers 200 with a web page"),
        ("streamBuffer", "events that wait for a reader before it is cut off for being slow"),
        ("streamFailureAfterEvents", "wire 2: every event stream fails after so many events, with a failure event"),
        (
            "promptTrouble",
            "wire 2: list of {taken, status | hang | reset | seconds, count?}: prompts get this status, no answer, a"
                + " closed connection or a late answer, whether they were taken or not"
        ),
        ("inboxSeconds", "wire 2: a prompt waits in the inbox for so long before it is delivered"),
        ("models", "list of provider/model: what the catalogue has beside simulator/scripted"),
        ("freshLocations", "wire 2: true: a directory has no models until its /api/integration was asked for"),
        ("shutdownTurns", "wire 2: number of turns that a shutdown interrupts, without an idle row; -1: all"),
        ("resumeSeconds", "wire 2: how long after a restart the turns that it cut are resumed"),
        ("strangers", "wire 2: true: rows and events of unknown types are sprinkled in"),
        ("emptyLastPage", "wire 2: true: the last page of a listing has a cursor, to an empty one"),
    ]
}
