/// The version of this program, as `registry --version` prints it and runs record it.
public enum ProgramVersion {
  /// Three numbers after semantic versioning.
  public static let text = "0.1.0"
}
