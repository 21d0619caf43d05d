@main
enum Aldrava {
    static func main() {}
}
