/// What ``ID`` names when a service, not a person, holds the key.
public enum APIKey {}
