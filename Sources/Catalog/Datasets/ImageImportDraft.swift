package import Tensors

/// A change of a dataset that is to become its next version.
///
/// Records and items are looked at one after the other, so that they need not be in memory at once.
package struct ImageImportDraft {
  /// The name of the dataset; it is made if there is none.
  package var dataset: String
  /// The newest version when the change was computed; `nil` if there was none.
  package var baseVersion: Int?
  /// What splits were drawn with.
  package var seed: Int
  /// How large the splits are meant to be.
  package var fractions: SplitShares
  /// Whether labels are independent; if not, each item has exactly one.
  package var isMultiLabel: Bool
  /// The images of `files` and `added` that the catalogue may not know yet.
  package var images: any Collection<ImageRecord>
  /// The files that were read.
  package var files: any Collection<RememberedFile>
  /// The items that are new, or new under this label, in this split or from this path.
  package var added: any Collection<DatasetItem>
  /// The images whose items end; one with a new label is both removed and added.
  package var removed: [Digest]
  /// When the version was made, if that was elsewhere; `nil` for now.
  package var createdAt: Timestamp?

  /// A change with these parts.
  package init(
    dataset: String, baseVersion: Int?, seed: Int, fractions: SplitShares,
    isMultiLabel: Bool = false, images: any Collection<ImageRecord> = [],
    files: any Collection<RememberedFile> = [], added: any Collection<DatasetItem> = [],
    removed: [Digest] = [], createdAt: Timestamp? = nil
  ) {
    self.dataset = dataset
    self.baseVersion = baseVersion
    self.seed = seed
    self.fractions = fractions
    self.isMultiLabel = isMultiLabel
    self.images = images
    self.files = files
    self.added = added
    self.removed = removed
    self.createdAt = createdAt
  }
}
