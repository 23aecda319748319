private import Engine
private import FileSystem
private import Glibc

/// The machine that a run was computed on.
package enum HostDescription {
  /// The name, the system, the processor and the threads, for a run's record.
  package static func current(threads: Int?) -> [String: String] {
    var system = utsname()
    uname(&system)
    var host = [
      "host": text(of: system.nodename), "kernel": text(of: system.release),
      "machine": text(of: system.machine), "cores": String(ComputeThread.availableCores),
      "threads": String(threads ?? ComputeThread.availableCores),
      "process": String(getpid()),
    ]
    if let model = processor() { host["processor"] = model }
    return host
  }

  /// The cores that this process may use.
  package static var availableCores: Int { ComputeThread.availableCores }

  /// Who runs this process, as `USER@HOST`: who changed something.
  package static var user: String {
    var system = utsname()
    uname(&system)
    let id = getuid()
    let name = getpwuid(id).flatMap { $0.pointee.pw_name.map { String(cString: $0) } }
    return "\(name ?? String(id))@\(text(of: system.nodename))"
  }

  /// Whether the process that a description is of ran here and has ended.
  package static func isGone(_ host: [String: String]) -> Bool {
    guard host["host"] == current(threads: nil)["host"],
      let process = host["process"].flatMap(pid_t.init)
    else { return false }
    return kill(process, 0) != 0 && errno == ESRCH
  }

  private static func text<Characters>(of characters: Characters) -> String {
    withUnsafeBytes(of: characters) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  private static func processor() -> String? {
    // /proc states a length of zero, so that the file is read line by line.
    guard let file = fopen("/proc/cpuinfo", "re") else { return nil }
    defer { fclose(file) }
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    while getline(&line, &capacity, file) > 0, let line {
      let text = String(cString: line)
      guard text.hasPrefix("model name"), let colon = text.firstIndex(of: ":") else { continue }
      return String(text[text.index(after: colon)...].drop { $0 == " " }.prefix { $0 != "\n" })
    }
    return nil
  }
}
