private import COneDNN
private import Glibc

extension ComputeThread {
  /// How many cores the process may use at once: those that the scheduler allows it, or fewer where
  /// its control group has a quota, at least one.
  package static let availableCores: Int = {
    // OpenMP counts the processors in the process's affinity mask.
    var cores = max(Int(omp_get_num_procs()), 1)
    for quota in controlGroupQuotas() { cores = min(cores, quota) }
    return cores
  }()

  /// The quotas of the process's control group and those around it, in cores.
  private static func controlGroupQuotas() -> [Int] {
    guard let groups = contents(of: "/proc/self/cgroup") else { return [] }
    var quotas: [Int] = []
    for line in groups.split(separator: "\n") where line.hasPrefix("0::/") {
      var path = line.dropFirst(3).split(separator: "/")
      while true {
        let folder = (["/sys/fs/cgroup"] + path.map(String.init)).joined(separator: "/")
        if let text = contents(of: folder + "/cpu.max"), let cores = cores(quota: text) {
          quotas.append(cores)
        }
        if path.popLast() == nil { break }
      }
    }
    return quotas
  }

  /// The cores of a line of `cpu.max`, for example 2 for `150000 100000`, rounded up.
  ///
  /// - Returns: `nil` for `max`, which is no limit, and for what cannot be read.
  package static func cores(quota text: String) -> Int? {
    let words = text.split { $0 == " " || $0 == "\n" }
    guard words.count == 2, let quota = Int(words[0]), let period = Int(words[1]),
      quota > 0, period > 0
    else { return nil }
    return max((quota - 1) / period + 1, 1)
  }

  /// The text of a small file of the kernel; `nil` where it does not exist.
  private static func contents(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return String(unsafeUninitializedCapacity: 4096) { buffer in
      max(read(descriptor, buffer.baseAddress, buffer.count), 0)
    }
  }
}
