/// The catalogue's schema: numbered SQL files, compiled into the program.
package enum Migrations {
}
