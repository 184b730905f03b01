import EmbeddedSQL
public import Postgres

/// The schema this executable was built with: the files of `sql/`.
public enum Schema {
  public static let migrator = Migrator(
    migrations: files(embedded_migrations_list()),
    remakeable: files(embedded_ops_list()),
    roles: String(cString: embedded_roles()), grants: String(cString: embedded_grants()))

  private static func files(_ list: UnsafePointer<embedded_sql>) -> [Migration] {
    var files: [Migration] = []
    var file = list
    while let name = file.pointee.name, let text = file.pointee.text {
      files.append(
        Migration(version: files.count + 1, name: String(cString: name), sql: String(cString: text))
      )
      file += 1
    }
    return files
  }
}
