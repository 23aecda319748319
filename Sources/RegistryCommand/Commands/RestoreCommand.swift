internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry restore`.
struct RestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Bring back what was deleted, or list it.",
    discussion: """
      Until `registry gc` has freed its bytes, what was deleted comes back as it was, with its \
      versions, tags and notes; aliases are set anew by hand.

      Examples:
        registry restore --list
        registry restore --last
        registry restore wolfdog@2
        registry restore --dataset wolfdog
      """)

  @OptionGroup var subjects: SubjectOptions

  @Flag(help: "Undo the last deletion as a whole.")
  var last = false

  @Flag(help: "List what is deleted.")
  var list = false

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    guard [!subjects.all.isEmpty, last, list].count(where: { $0 }) == 1 else {
      throw ValidationError("Name what to restore, or pass either --last or --list.")
    }
  }

  func run() throws {
    let registry = try global.open()
    if list {
      let deleted = try registry.deleted()
      return try global.show(["deleted": deleted]) { DeletedSubject.report(deleted, $0) }
    }
    let result = try last ? registry.restoreLastDeletion() : registry.restore(subjects.all)
    try global.show(["restored": result]) { result.report("Restored", $0) }
  }
}
