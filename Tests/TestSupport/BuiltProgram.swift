package import Foundation

/// The built `registry` binary.
package enum BuiltProgram {
  /// Where it is: beside the running test bundle, else in the debug build of the checkout.
  package static let registry: URL? = {
    var candidates: [URL] = []
    for path in ["/proc/self/exe", CommandLine.arguments.first ?? ""] where !path.isEmpty {
      let folder = URL(filePath: path).resolvingSymlinksInPath().deletingLastPathComponent()
      candidates.append(folder.appending(path: "registry"))
    }
    candidates.append(Places.repository.appending(path: ".build/debug/registry"))
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }()
}
