import GRDB

/// How connections are set up.
struct ConnectionSettings: Sendable {
  /// How long a writer waits for its turn, in seconds.
  var busyTimeout = 10.0
  /// Hears the text of every statement.
  var trace: (@Sendable (String) -> Void)?

  var configuration: Configuration {
    var configuration = Configuration()
    configuration.busyMode = .timeout(busyTimeout)
    configuration.prepareDatabase { [trace] database in
      // What was acknowledged survives a power cut. A schema from outside runs no function of ours.
      // 16 MiB of pages are kept; a log that grew during a large import is cut afterwards. What
      // undoes a statement stays in memory: in a file it would cost more than the statement.
      try database.execute(
        sql: """
          PRAGMA synchronous = FULL;
          PRAGMA trusted_schema = OFF;
          PRAGMA cache_size = -16384;
          PRAGMA temp_store = MEMORY;
          PRAGMA journal_size_limit = 67108864;
          """)
      if let trace { database.trace { trace("\($0)") } }
    }
    return configuration
  }
}
