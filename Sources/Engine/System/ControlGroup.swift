private import Glibc

/// What the kernel's control groups (version 2) tell about the process's own and those around it.
enum ControlGroup {
  /// The texts of a file in the folder of each group that has it, from the process's own outwards.
  static func texts(of name: String) -> [String] {
    folders.compactMap { SystemFile.text(of: $0 + "/" + name) }
  }

  /// The folders of the groups, from the process's own outwards.
  static var folders: [String] {
    guard let groups = SystemFile.text(of: "/proc/self/cgroup") else { return [] }
    return groups.split(separator: "\n").filter { $0.hasPrefix("0::/") }.flatMap { line in
      let path = line.dropFirst(3).split(separator: "/")
      return (0...path.count).reversed().map { depth in
        (["/sys/fs/cgroup"] + path[..<depth].map(String.init)).joined(separator: "/")
      }
    }
  }
}

/// Files that the kernel writes when they are read.
enum SystemFile {
  /// The beginning of such a file, at most 4095 bytes; `nil` where it does not exist.
  static func text(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return String(unsafeUninitializedCapacity: 4096) { buffer in
      max(read(descriptor, buffer.baseAddress, buffer.count), 0)
    }
  }
}
