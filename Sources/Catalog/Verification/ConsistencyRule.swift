/// A query for what must not be there: each row of its answer is one text that names a culprit.
struct ConsistencyRule: Sendable {
  let sentence: String
  let sql: String

  static let all = [
    ConsistencyRule(
      sentence: "A dataset's versions are not numbered from 1 without gaps",
      sql: """
        SELECT datasets.name FROM datasets JOIN dataset_versions
          ON dataset_versions.dataset_id = datasets.id
        GROUP BY datasets.id HAVING min(version) <> 1 OR max(version) <> count(*)
        """),
    ConsistencyRule(
      sentence: "A dataset version does not hold as many images as it says",
      sql: """
        SELECT datasets.name || '@' || dataset_versions.version
        FROM dataset_versions JOIN datasets ON datasets.id = dataset_versions.dataset_id
        WHERE image_count <> (
            SELECT count(*) FROM dataset_items AS items
            WHERE items.dataset_id = dataset_versions.dataset_id
              AND items.first_version <= version AND coalesce(items.last_version, version) >= version)
          OR image_count <> (
            SELECT coalesce(sum(counts.image_count), 0) FROM dataset_counts AS counts
            WHERE counts.dataset_id = dataset_versions.dataset_id
              AND counts.first_version <= version
              AND coalesce(counts.last_version, version) >= version)
        """),
    ConsistencyRule(
      sentence: "A label's images in a split are not as many as was counted",
      sql: """
        WITH versions AS (SELECT dataset_id, version FROM dataset_versions),
          present AS (
            SELECT versions.dataset_id, version, image_id, first_version, label_id, split
            FROM versions JOIN dataset_items AS items ON items.dataset_id = versions.dataset_id
              AND first_version <= version AND coalesce(last_version, version) >= version),
          actual AS (
            SELECT dataset_id, version, 'first', label_id, split, count(*) AS image_count
            FROM present GROUP BY 1, 2, 4, 5
            UNION ALL
            SELECT present.dataset_id, version, 'further', further.label_id, split, count(*)
            FROM present JOIN dataset_further_labels AS further
              ON further.dataset_id = present.dataset_id AND further.image_id = present.image_id
              AND further.first_version = present.first_version
            GROUP BY 1, 2, 4, 5),
          counts AS (
            SELECT 'first' AS kind, * FROM dataset_counts
            UNION ALL SELECT 'further', * FROM dataset_further_counts),
          counted AS (
            SELECT versions.dataset_id, version, kind, label_id, split, image_count
            FROM versions JOIN counts ON counts.dataset_id = versions.dataset_id
              AND first_version <= version AND coalesce(last_version, version) >= version),
          differing AS (
            SELECT * FROM (SELECT * FROM actual EXCEPT SELECT * FROM counted)
            UNION SELECT * FROM (SELECT * FROM counted EXCEPT SELECT * FROM actual))
        SELECT datasets.name || '@' || differing.version || ' ' || labels.name
        FROM differing JOIN datasets ON datasets.id = differing.dataset_id
        JOIN labels ON labels.id = differing.label_id
        """),
    ConsistencyRule(
      sentence: "An image has a label twice",
      sql: """
        SELECT datasets.name || ' image ' || items.image_id
        FROM dataset_further_labels AS further JOIN dataset_items AS items
          ON items.dataset_id = further.dataset_id AND items.image_id = further.image_id
          AND items.first_version = further.first_version AND items.label_id = further.label_id
        JOIN datasets ON datasets.id = items.dataset_id
        """),
    ConsistencyRule(
      sentence: "An image has several labels, or none, where labels exclude each other",
      sql: """
        SELECT datasets.name || '@' || versions.version || ' image ' || items.image_id
        FROM dataset_versions AS versions JOIN dataset_items AS items
          ON items.dataset_id = versions.dataset_id AND items.first_version <= versions.version
          AND coalesce(items.last_version, versions.version) >= versions.version
        JOIN labels ON labels.id = items.label_id
        JOIN datasets ON datasets.id = items.dataset_id
        WHERE versions.is_multi_label = 0 AND (
          labels.name = '' OR EXISTS (
            SELECT 1 FROM dataset_further_labels AS further
            WHERE further.dataset_id = items.dataset_id AND further.image_id = items.image_id
              AND further.first_version = items.first_version))
        """),
    ConsistencyRule(
      sentence: "An image stands twice in a dataset version",
      sql: """
        SELECT datasets.name || ' image ' || earlier.image_id
        FROM dataset_items AS earlier JOIN dataset_items AS later
          ON later.dataset_id = earlier.dataset_id AND later.image_id = earlier.image_id
          AND later.first_version > earlier.first_version
          AND later.first_version <= coalesce(earlier.last_version, later.first_version)
        JOIN datasets ON datasets.id = earlier.dataset_id
        """),
    ConsistencyRule(
      sentence: "A tensor reaches beyond its pack",
      sql: """
        SELECT 'tensor ' || lower(hex(tensors.digest))
        FROM tensor_locations JOIN tensors ON tensors.id = tensor_locations.tensor_id
        JOIN packs ON packs.id = tensor_locations.pack_id
        WHERE tensor_locations.byte_offset + tensors.byte_count > packs.byte_count
        """),
    ConsistencyRule(
      sentence: "A tensor of a model is in no pack",
      sql: """
        SELECT 'tensor ' || lower(hex(tensors.digest)) FROM tensors
        WHERE NOT EXISTS (
            SELECT 1 FROM stored_tensors WHERE stored_tensors.tensor_id = tensors.id)
          AND EXISTS (SELECT 1 FROM needed_tensors WHERE needed_tensors.tensor_id = tensors.id)
        """),
    ConsistencyRule(
      sentence: "A delta reaches beyond its pack",
      sql: """
        SELECT 'tensor ' || lower(hex(tensors.digest))
        FROM tensor_deltas AS deltas JOIN tensors ON tensors.id = deltas.tensor_id
        JOIN packs ON packs.id = deltas.pack_id
        WHERE deltas.byte_offset + deltas.byte_count > packs.byte_count
        """),
    ConsistencyRule(
      sentence: "The base of a delta is not stored as a whole, or is of another form",
      sql: """
        SELECT 'tensor ' || lower(hex(tensors.digest))
        FROM tensor_deltas AS deltas JOIN tensors ON tensors.id = deltas.tensor_id
        JOIN tensors AS bases ON bases.id = deltas.base_id
        WHERE bases.scalar_type <> tensors.scalar_type OR bases.shape <> tensors.shape
          OR NOT EXISTS (SELECT 1 FROM tensor_locations WHERE tensor_id = deltas.base_id)
        """),
    ConsistencyRule(
      sentence: "What is stored was not added up rightly",
      sql: """
        WITH actual (kind, row_count, byte_count) AS (
          SELECT 'image', count(*), coalesce(sum(byte_count), 0) FROM images
          WHERE NOT EXISTS (SELECT 1 FROM collected_images WHERE image_id = images.id)
          UNION ALL SELECT 'pack', count(*), coalesce(sum(byte_count), 0) FROM packs
          UNION ALL SELECT 'checkpoint', count(*), coalesce(sum(byte_count), 0) FROM checkpoints
          UNION ALL
          SELECT 'model_version', count(*), coalesce(sum(shared_bytes + new_bytes), 0)
          FROM model_versions WHERE NOT EXISTS (
            SELECT 1 FROM deleted_model_versions AS gone WHERE gone.version_id = model_versions.id))
        SELECT kind FROM actual LEFT JOIN storage_totals USING (kind)
        WHERE storage_totals.row_count IS NOT actual.row_count
          OR storage_totals.byte_count IS NOT actual.byte_count
        """),
    ConsistencyRule(
      sentence: "A model version has no tensors",
      sql: """
        SELECT models.name || '@' || own.version
        FROM model_versions AS own JOIN models ON models.id = own.model_id
        WHERE NOT EXISTS (SELECT 1 FROM model_version_groups WHERE version_id = own.id)
        """),
    ConsistencyRule(
      sentence: "A model version has two tensors of one name",
      sql: """
        WITH names AS MATERIALIZED (SELECT group_id, name_id FROM tensor_group_members),
          pairs AS (
            SELECT lower.group_id AS one, upper.group_id AS other, min(lower.version_id) AS version_id
            FROM model_version_groups AS lower JOIN model_version_groups AS upper
              ON upper.version_id = lower.version_id AND upper.position > lower.position
            GROUP BY 1, 2),
          twice AS (
            SELECT version_id, members.name_id FROM pairs
            CROSS JOIN tensor_group_members AS members ON members.group_id = pairs.other
            CROSS JOIN names ON names.group_id = pairs.one AND names.name_id = members.name_id
            UNION
            SELECT min(version_id), name_id FROM (
              SELECT group_id, name_id FROM tensor_group_members
              GROUP BY group_id, name_id HAVING count(*) > 1) AS repeated
            JOIN model_version_groups ON model_version_groups.group_id = repeated.group_id
            GROUP BY repeated.group_id, name_id)
        SELECT models.name || '@' || own.version || ' ' || tensor_names.name
        FROM twice JOIN model_versions AS own ON own.id = twice.version_id
        JOIN models ON models.id = own.model_id
        JOIN tensor_names ON tensor_names.id = twice.name_id
        """),
    ConsistencyRule(
      sentence: "A model version is not younger than its base",
      sql: """
        SELECT models.name || '@' || own.version
        FROM model_versions AS own JOIN models ON models.id = own.model_id
        WHERE own.base_id >= own.id
        """),
    ConsistencyRule(
      sentence: "A model version was made by a run that is not finished",
      sql: """
        SELECT models.name || '@' || own.version
        FROM model_versions AS own JOIN models ON models.id = own.model_id
        JOIN runs ON runs.id = own.run_id WHERE runs.state <> 'finished'
        """),
    ConsistencyRule(
      sentence: "An alias points to a version of another model",
      sql: """
        SELECT models.name || '@' || aliases.name
        FROM aliases JOIN models ON models.id = aliases.model_id
        JOIN model_versions AS own ON own.id = aliases.version_id
        WHERE own.model_id <> aliases.model_id
        """),
    ConsistencyRule(
      sentence: "An alias is not where it was last moved to",
      sql: """
        SELECT models.name || '@' || aliases.name
        FROM aliases JOIN models ON models.id = aliases.model_id
        WHERE aliases.version_id IS NOT (
          SELECT version_id FROM alias_changes AS changes
          WHERE changes.model_id = aliases.model_id AND changes.name = aliases.name
          ORDER BY changes.id DESC LIMIT 1)
        """),
    ConsistencyRule(
      sentence: "An alias points to a version that is deleted",
      sql: """
        SELECT models.name || '@' || aliases.name
        FROM aliases JOIN models ON models.id = aliases.model_id
        JOIN deleted_model_versions AS gone ON gone.version_id = aliases.version_id
        """),
    ConsistencyRule(
      sentence: "An image of a dataset was collected",
      sql: """
        SELECT 'image ' || lower(hex(images.digest))
        FROM collected_images JOIN images ON images.id = collected_images.image_id
        WHERE EXISTS (SELECT 1 FROM needed_images WHERE needed_images.image_id = images.id)
        """),
    ConsistencyRule(
      sentence: "A tag or a note is about nothing",
      sql: """
        WITH subjects AS (
          SELECT subject_kind, subject_id FROM tags
          UNION SELECT subject_kind, subject_id FROM notes)
        SELECT subject_kind || ' ' || subject_id FROM subjects
        WHERE CASE subject_kind
          WHEN 'model' THEN NOT EXISTS (SELECT 1 FROM models WHERE id = subject_id)
          WHEN 'model_version' THEN NOT EXISTS (SELECT 1 FROM model_versions WHERE id = subject_id)
          WHEN 'dataset' THEN NOT EXISTS (SELECT 1 FROM datasets WHERE id = subject_id)
          WHEN 'dataset_version'
            THEN NOT EXISTS (SELECT 1 FROM dataset_versions WHERE id = subject_id)
          ELSE NOT EXISTS (SELECT 1 FROM runs WHERE id = subject_id) END
        """),
    ConsistencyRule(
      sentence: "The last point of a metric is not the one noted",
      sql: """
        SELECT lower(hex(runs.identifier)) || ' ' || metric_keys.name
        FROM metric_series JOIN runs ON runs.id = metric_series.run_id
        JOIN metric_keys ON metric_keys.id = metric_series.key_id
        LEFT JOIN metric_points ON metric_points.series_id = metric_series.id
          AND metric_points.step = metric_series.last_step
        WHERE metric_points.step IS NULL OR metric_points.value IS NOT metric_series.last_value
          OR EXISTS (
            SELECT 1 FROM metric_points AS later WHERE later.series_id = metric_series.id
              AND later.step > metric_series.last_step)
        """),
    ConsistencyRule(
      sentence: "The least or the greatest value of a metric is not the one noted",
      sql: """
        SELECT lower(hex(runs.identifier)) || ' ' || metric_keys.name
        FROM metric_series JOIN runs ON runs.id = metric_series.run_id
        JOIN metric_keys ON metric_keys.id = metric_series.key_id
        WHERE least_value IS NOT (
            SELECT min(value) FROM metric_points WHERE series_id = metric_series.id)
          OR greatest_value IS NOT (
            SELECT max(value) FROM metric_points WHERE series_id = metric_series.id)
        """),
    ConsistencyRule(
      sentence: "A model version is not covered by the recalls of its ancestors, or by others",
      sql: """
        WITH RECURSIVE
          covered (version_id, recall_id) AS (
            SELECT version_id, id FROM recalls WHERE undone_at IS NULL
            UNION
            SELECT child.id, covered.recall_id FROM covered
            CROSS JOIN model_versions AS child ON child.base_id = covered.version_id),
          differing (version_id) AS (
            SELECT version_id FROM (
              SELECT * FROM covered EXCEPT SELECT version_id, recall_id FROM recalled_versions)
            UNION
            SELECT version_id FROM (
              SELECT version_id, recall_id FROM recalled_versions EXCEPT SELECT * FROM covered))
        SELECT models.name || '@' || own.version
        FROM differing JOIN model_versions AS own ON own.id = differing.version_id
        JOIN models ON models.id = own.model_id
        """),
  ]
}
