/// What the help of several commands says.
enum HelpText {
    static let exitCodes = """
        EXIT CODES
          0   it is done
          1   it is not; standard error says why
          2   there is no such task, or more than one fits
          64  the command line is wrong
        """

    static let verdictCodes = """
        EXIT CODES
          0   the task is in done/ (verified, changed or unchanged)
          10  error            13  timeout          16  interrupted
          11  unverified       14  stalled          17  invalid
          12  cancelled        15  budget
          1   the command itself failed; 2 the task was deleted; 64 the command line is wrong
        """
}
