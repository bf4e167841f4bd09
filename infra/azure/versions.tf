# Terraform, not Bicep: the whole schema of its Azure providers can be had offline, so that a test checks every resource,
# argument and reference of this folder without a subscription. 1.11 brought write-only arguments: no secret enters the state.
terraform {
  required_version = ">= 1.11"
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.55"
    }
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.7"
    }
  }
}

provider "azurerm" {
  subscription_id = var.subscription_id
  features {
    key_vault {
      purge_soft_delete_on_destroy = false
    }
  }
}

provider "azuread" {
  tenant_id = var.tenant_id
}
