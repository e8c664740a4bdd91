// Asks for a token when the form is sent: it lives two minutes only, so that one taken when the page opens is too old for a slow reader.
for (const widget of document.querySelectorAll('[data-recaptcha-v3]')) {
  const form = widget.closest('form');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    grecaptcha.ready(async () => {
      const token = await grecaptcha.execute(widget.dataset.recaptchaV3, {action: widget.dataset.action});
      const field = document.createElement('input');
      field.type = 'hidden';
      field.name = 'g-recaptcha-response';
      field.value = token;
      widget.replaceChildren(field);
      form.submit();
    });
  });
}
