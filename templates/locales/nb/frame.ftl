error-prefix = Error: { $title }
