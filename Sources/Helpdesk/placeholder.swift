enum PlaceholderHelpdesk {}
