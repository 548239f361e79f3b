"""Reading the list of GP practices that the Organisation Data Service (ODS) publishes, `epraccur.csv`."""
