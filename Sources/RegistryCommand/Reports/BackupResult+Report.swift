internal import Presentation
internal import RegistryKit

extension BackupResult {
  /// What a backup did, for people.
  func report(_ style: Style) -> String {
    var text = """
      Backed up to \(backup.safeForTerminal)
        objects  \(Quantity.count(objects)), \(Quantity.count(objectsAdded)) of them new
        bytes    \(Quantity.bytes(bytesAdded)) new

      """
    for (digests, what) in [(corrupt, "corrupt"), (missing, "missing")] {
      for digest in digests { text += style("  \(what) \(digest), left out", .bad) + "\n" }
    }
    if !corrupt.isEmpty || !missing.isEmpty {
      text += "`registry verify` tells what is affected.\n"
    }
    return text
  }
}
