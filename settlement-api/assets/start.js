// Draws the document that the same process serves. A browser has no key to sign requests with, so
// the page sends none; and it asks no other host, not even to validate the document.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#description",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  supportedSubmitMethods: [],
  validatorUrl: null,
});
