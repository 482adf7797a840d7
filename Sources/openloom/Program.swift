import ConcurrencyExecutor

/// The program. Its tasks run on threads of ours: the default ones wake once a second for ever, and an idle daemon
/// should sleep.
@main
enum Program {
    static func main() {
        ConcurrencyExecutor.runMain { await Openloom.perform() }
    }
}
