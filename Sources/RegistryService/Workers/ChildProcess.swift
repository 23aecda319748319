internal import CLinux
internal import Diagnostics
internal import Glibc

/// A process that this one began; whoever has it waits for its end, or it stays as a zombie.
struct ChildProcess: Sendable {
  /// Its number.
  let id: pid_t

  /// How a process ended.
  enum Ending: Equatable {
    case exited(Int32)
    case killed(signal: Int32)
  }

  /// Begins a program, with no input and this process's standard error.
  ///
  /// - Throws: `cannot_start_worker`.
  init(_ program: String, _ arguments: [String]) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    // Whatever else is open here, whoever opened it: a child that outlives this process must not keep it.
    clinux_close_from(&actions, STDERR_FILENO + 1)

    // Signals that threads of this process wait for are not the child's affair.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    // Ctrl-C goes to the group of the terminal: a child in one of its own hears of it from this process
    // alone, and not twice.
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

    var words = ([program] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var id: pid_t = 0
    let failure = posix_spawn(&id, program, &actions, &attributes, words, environ)
    guard failure == 0 else {
      throw RegistryError(
        .cannotStartWorker, "A worker cannot be started: \(String(cString: strerror(failure))).",
        place: .file(program), remedy: "Look for free memory and processes.")
    }
    self.id = id
  }

  /// How it ended; `nil` as long as it runs.
  ///
  /// To be asked no more once it has ended.
  func ending() -> Ending? {
    var status: Int32 = 0
    guard waitpid(id, &status, WNOHANG) == id else { return nil }
    let signal = status & 0x7f
    return signal == 0 ? .exited(status >> 8 & 0xff) : .killed(signal: signal)
  }

  /// Asks it to stop at its next safe point.
  func stop() { kill(id, SIGTERM) }

  /// Ends it at once.
  func end() { kill(id, SIGKILL) }
}

extension RegistryError.Code {
  /// The system begins no further process.
  static let cannotStartWorker = Self("cannot_start_worker", .unavailable)
}
