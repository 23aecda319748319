internal import Diagnostics
private import Glibc
private import Synchronization

/// Draws one line on the terminal that standard error is, and takes it away again.
final class TerminalProgress: ProgressObserver {
  private struct State {
    var line = ProgressLine()
    var isVisible = false
  }

  private let began = TerminalProgress.now()
  private let state = Mutex(State())

  func progress(_ update: ProgressUpdate) {
    let time = Self.now() - began
    state.withLock { state in
      // Read each time: a terminal may change its size. The last column would wrap on some.
      guard
        let line = state.line.line(
          for: update, at: time, width: Terminal.width(of: STDERR_FILENO) - 1)
      else { return }
      state.isVisible = true
      Terminal.tell("\r\u{1b}[2K" + line)
    }
  }

  /// Takes the line away, if there is one.
  func clear() {
    state.withLock { state in
      if state.isVisible { Terminal.tell("\r\u{1b}[2K") }
      state.isVisible = false
    }
  }

  /// Seconds of a clock that is never set.
  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
