# Reached from the bot's network only. Two zones, so that a fail-over is a pause of a minute and not a restore.
resource "azurerm_postgresql_flexible_server" "bot" {
  name                = "${var.name}-store"
  resource_group_name = azurerm_resource_group.bot.name
  location            = azurerm_resource_group.bot.location
  version             = "16"
  sku_name            = var.database_sku
  storage_mb          = 32768
  auto_grow_enabled   = true

  delegated_subnet_id           = azurerm_subnet.database.id
  private_dns_zone_id           = azurerm_private_dns_zone.database.id
  public_network_access_enabled = false

  administrator_login               = "onboard_bot"
  administrator_password_wo         = var.secrets["postgres-password"]
  administrator_password_wo_version = var.secrets_version

  backup_retention_days        = 35
  geo_redundant_backup_enabled = true

  high_availability {
    mode = "ZoneRedundant"
  }

  # Azure chooses the zones, and a fail-over swaps them.
  lifecycle {
    prevent_destroy = true
    ignore_changes  = [zone, high_availability[0].standby_availability_zone]
  }

  depends_on = [azurerm_private_dns_zone_virtual_network_link.database]
}

resource "azurerm_postgresql_flexible_server_database" "bot" {
  name      = "onboard_bot"
  server_id = azurerm_postgresql_flexible_server.bot.id
  charset   = "UTF8"
  collation = "en_US.utf8"

  lifecycle {
    prevent_destroy = true
  }
}

# Azure's default, written down: a connection without TLS is refused.
resource "azurerm_postgresql_flexible_server_configuration" "tls" {
  name      = "require_secure_transport"
  server_id = azurerm_postgresql_flexible_server.bot.id
  value     = "on"
}

resource "azurerm_management_lock" "database" {
  name       = "keep"
  scope      = azurerm_postgresql_flexible_server.bot.id
  lock_level = "CanNotDelete"
  notes      = "Who approved which phone line stands in it."
}
