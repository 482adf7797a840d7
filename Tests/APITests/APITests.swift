import Testing

/// All of them, one after the other: each runs a server of its own, and a hundred at once would measure the machine.
@Suite(.serialized, .timeLimit(.minutes(3))) struct APITests {}
