internal import App

extension Command {
    private static let resource = Option("--resource", "RESOURCE", "Only those about this resource.")

    static let permissionList = Command(
        words: ["permission", "list"], summary: "List permissions.", options: [resource] + Option.common,
        example: "aldrava permission list --resource messages"
    ) { arguments in try Reply.print(.permission(.list(resource: arguments.value(resource))), arguments) }
}
