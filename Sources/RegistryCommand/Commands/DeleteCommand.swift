internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry delete`.
struct DeleteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Delete models, datasets and runs; they can be restored until gc.",
    discussion: """
      What is deleted stands in no list and cannot be used. `registry restore` brings it back until \
      `registry gc` frees its bytes; its record stays for ever, so that the lineage of what descends \
      from it can be told. What others descend from, or an alias points to, is kept unless told \
      otherwise.

      Examples:
        registry delete wolfdog@2
        registry delete wolfdog --with-descendants
        registry delete --dataset wolfdog@1 --run 3f2a
        registry gc
      """)

  @OptionGroup var subjects: SubjectOptions

  @Flag(help: "Delete all models that descend from what is named, too.")
  var withDescendants = false

  @Flag(
    help: """
      Delete although others descend from it, which keep all that they need, and remove aliases that \
      point to it.
      """)
  var force = false

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    if subjects.all.isEmpty {
      throw ValidationError("Name a model, a --dataset or a --run to delete.")
    }
  }

  func run() throws {
    let result = try global.open().delete(
      DeleteRequest(
        subjects: subjects.all, includesDescendants: withDescendants, isForced: force))
    try global.show(["deleted": result]) { result.report("Deleted", $0) }
    global.suggest("registry gc frees the bytes; registry restore --last undoes this")
  }
}
