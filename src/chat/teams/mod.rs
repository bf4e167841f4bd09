//! Microsoft Teams, spoken through the Bot Framework Connector.
