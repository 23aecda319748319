private import Diagnostics
private import Glibc

/// Standard output and standard error, and what is known about who reads them.
enum Terminal {
  /// Whether somebody sits at that end.
  static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// The columns of the terminal: what the system says, else `COLUMNS`, else 80.
  static func width(of descriptor: Int32) -> Int {
    var size = winsize()
    if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
      return Int(size.ws_col)
    }
    if let columns = environment("COLUMNS").flatMap({ Int($0) }), (20...1_000).contains(columns) {
      return columns
    }
    return 80
  }

  /// The value of a variable of the environment; `nil` for an empty one.
  static func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }

  /// The look of text on that end: colours on a terminal, unless `NO_COLOR` or `TERM=dumb` says no.
  static func style(of descriptor: Int32) -> Style {
    Style(
      isEnabled: isTerminal(descriptor) && environment("NO_COLOR") == nil
        && environment("TERM") != "dumb")
  }

  /// Writes the whole text.
  ///
  /// Ends the process as the system does when nobody reads any more.
  static func write(
    _ text: String, to descriptor: Int32, named name: String = "standard output"
  ) throws {
    var text = text
    let failure: Int32? = text.withUTF8 { bytes in
      var offset = 0
      while offset < bytes.count {
        let count = Glibc.write(
          descriptor, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
        if count >= 0 {
          offset += count
        } else if errno == EPIPE {
          signal(SIGPIPE, SIG_DFL)
          raise(SIGPIPE)
          return EPIPE
        } else if errno != EINTR && errno != EAGAIN {
          return errno
        }
      }
      return nil
    }
    if let failure {
      throw RegistryError(
        .writeFailed, "Writing to \(name) failed: \(String(cString: strerror(failure))).",
        remedy: "Check the disk or the program that reads the output.")
    }
  }

  /// Writes a message to standard output; that nobody can read it is no failure.
  static func say(_ text: String) {
    do { try write(text, to: STDOUT_FILENO) } catch {}
  }

  /// Writes a message to standard error; that nobody can read it is no failure.
  static func tell(_ text: String) {
    do { try write(text, to: STDERR_FILENO) } catch {}
  }
}
